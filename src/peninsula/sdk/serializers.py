"""Turn results into bytes and back."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar, Final

from peninsula.core.errors import InvalidError, SerializationError

__all__ = [
    "CompressedJSONSerializer",
    "CompressedPickleSerializer",
    "CompressedSerializer",
    "JSONSerializer",
    "MsgspecSerializer",
    "PickleSerializer",
    "Serializer",
    "serializer_of",
]

LIBRARIES: Final = ("bz2", "gzip", "lzma", "zlib")
"""Compression libraries: modules with `compress` and `decompress`."""


class Serializer:
    """Makes bytes of objects. A class of one's own needs `name`, `dumps` and `loads`."""

    name: ClassVar[str]
    """What a stored result says it is to be read by."""

    def dumps(self, value: Any) -> bytes:
        """Return the object as bytes. Raises SerializationError naming the type and the fix."""
        raise NotImplementedError

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Serializer) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PickleSerializer(Serializer):
    """Takes nearly every object, by cloudpickle. Read pickles only from where you put them."""

    name = "pickle"

    def dumps(self, value: Any) -> bytes:
        """Return a pickle."""
        import cloudpickle  # noqa: PLC0415  weight

        try:
            pickled: bytes = cloudpickle.dumps(value)
        except Exception as problem:
            raise SerializationError(_refused(value, "pickle", problem)) from problem
        return pickled

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        import cloudpickle  # noqa: PLC0415  weight

        return cloudpickle.loads(data)


class JSONSerializer(Serializer):
    """Takes what JSON has; dates, dataclasses and pydantic models come back as texts and dicts."""

    name = "json"

    def dumps(self, value: Any) -> bytes:
        """Return JSON."""
        import msgspec  # noqa: PLC0415  beside the other libraries

        try:
            return msgspec.json.encode(value, enc_hook=_plain)
        except Exception as problem:
            raise SerializationError(_refused(value, "JSON", problem)) from problem

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        import msgspec  # noqa: PLC0415  as above

        return msgspec.json.decode(data)


class MsgspecSerializer(Serializer):
    """Takes what JSON takes, and bytes, as MessagePack: smaller, and faster to read."""

    name = "msgspec"

    def dumps(self, value: Any) -> bytes:
        """Return MessagePack."""
        import msgspec  # noqa: PLC0415  as above

        try:
            return msgspec.msgpack.encode(value, enc_hook=_plain)
        except Exception as problem:
            raise SerializationError(_refused(value, "MessagePack", problem)) from problem

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        import msgspec  # noqa: PLC0415  as above

        return msgspec.msgpack.decode(data)


class CompressedSerializer(Serializer):
    """Compresses what another serializer makes."""

    def __init__(self, serializer: Serializer | str, compressionlib: str = "zlib") -> None:
        """Take the other one, and the library: bz2, gzip, lzma or zlib. Raises InvalidError."""
        if compressionlib not in LIBRARIES:
            msg = f"compressionlib is {compressionlib!r}. Give one of {', '.join(LIBRARIES)}."
            raise InvalidError(msg)
        self.serializer = serializer_of(serializer)
        self.compressionlib = compressionlib
        library = "" if compressionlib == "zlib" else f"-{compressionlib}"
        self.name = f"compressed{library}/{self.serializer.name}"  # type: ignore[misc]

    def dumps(self, value: Any) -> bytes:
        """Return the compressed bytes."""
        data: bytes = import_module(self.compressionlib).compress(self.serializer.dumps(value))
        return data

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        return self.serializer.loads(import_module(self.compressionlib).decompress(data))

    def __repr__(self) -> str:
        return f"CompressedSerializer({self.serializer!r}, {self.compressionlib!r})"


class CompressedJSONSerializer(CompressedSerializer):
    """Compresses JSON, as `compressed/json` does."""

    def __init__(self, compressionlib: str = "zlib") -> None:
        """Take the library."""
        super().__init__("json", compressionlib)


class CompressedPickleSerializer(CompressedSerializer):
    """Compresses pickles, as `compressed/pickle` does."""

    def __init__(self, compressionlib: str = "zlib") -> None:
        """Take the library."""
        super().__init__("pickle", compressionlib)


def serializer_of(given: Serializer | str) -> Serializer:
    """Return the serializer of a name, `json` or `compressed/pickle`, and any other as it is.

    Raises InvalidError for a name that none has.
    """
    if isinstance(given, Serializer):
        return given
    name, _, inner = str(given).partition("/")
    if name.startswith("compressed") and inner:
        library = name.removeprefix("compressed").removeprefix("-") or "zlib"
        return CompressedSerializer(inner, library)
    for each in _known(Serializer):
        if getattr(each, "name", None) == given:
            return each()
    names = sorted({str(each.name) for each in _known(Serializer) if hasattr(each, "name")})
    msg = f"No serializer is called {given!r}. There are {', '.join(names)}, compressed/<name>."
    raise InvalidError(msg)


def _known(class_: type[Serializer]) -> list[type[Serializer]]:
    # The newest first: a user's class may take a name over.
    found = [each for sub in class_.__subclasses__() for each in (sub, *_known(sub))]
    return [each for each in reversed(found) if not issubclass(each, CompressedSerializer)]


def _plain(value: Any) -> Any:
    if hasattr(type(value), "model_fields"):
        return value.model_dump(mode="json")
    msg = f"{type(value).__module__}.{type(value).__qualname__}"
    raise NotImplementedError(msg)


def _refused(value: Any, form: str, problem: Exception) -> str:
    return (
        f"A result of type {type(value).__name__} cannot be made {form}: {problem}."
        " Return something else, choose another result_serializer, or set persist_result=False."
    )
