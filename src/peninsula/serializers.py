"""How results become bytes."""

from peninsula.sdk.serializers import (
    CompressedSerializer,
    JSONSerializer,
    MsgspecSerializer,
    PickleSerializer,
    Serializer,
)

__all__ = [
    "CompressedSerializer",
    "JSONSerializer",
    "MsgspecSerializer",
    "PickleSerializer",
    "Serializer",
]
