"""Values with a name, kept by the server."""

from peninsula.sdk.variables import Variable

__all__ = ["Variable"]
