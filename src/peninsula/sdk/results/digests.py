"""Digest values so that equal ones have one digest: in every process, whatever its hash seed.

A value is walked, not pickled: the pickles of one set, or of texts that are interned, differ
between processes. What is no plain value says by `__reduce_ex__` what it is made of, as it does to
`pickle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from hashlib import sha256
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Final

from peninsula.core.errors import InvalidError

__all__ = ["digest", "digest_of_code"]

PROTOCOL: Final = 4
"""Of `__reduce_ex__`."""


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits. Raises InvalidError for what has no content of its own."""
    try:
        return _Walk().of(value).hex()
    except RecursionError:
        reason = "it is nested too deep"
    except Exception as problem:  # noqa: BLE001  objects of the user's are asked what they are
        reason = str(problem)
    msg = f"A value of type {type(value).__name__} has no digest: {reason}."
    raise InvalidError(msg)


def digest_of_code(code: CodeType) -> str:
    """Return the digest of what a function does, whatever its file and lines."""
    return digest((code.co_code, code.co_names, code.co_varnames, code.co_consts))


class _Walk:
    """One walk through a value."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytes | None]] = {}
        """By id: the object, held so that its id stays its own, and its digest when it is made."""

    def of(self, value: Any) -> bytes:
        class_ = type(value)
        plain = _PLAIN.get(class_)
        if plain is not None:
            return _join(class_.__name__.encode(), plain(value))
        known = self._known.get(id(value))
        if known is None:
            self._known[id(value)] = value, None
            made = _join(*self._parts(value, class_))
            self._known[id(value)] = value, made
            return made
        if known[1] is None:
            msg = "it contains itself"
            raise ValueError(msg)
        return known[1]

    def _parts(self, value: Any, class_: type) -> Iterator[bytes]:
        yield self._class(class_)
        if isinstance(value, type):
            yield self._class(value)
        elif isinstance(value, BuiltinFunctionType | ModuleType):
            yield _name_of(value).encode()
        elif isinstance(value, FunctionType):
            yield _name_of(value).encode()
            yield digest_of_code(value.__code__).encode()
            # Two functions of one code differ by what they were made with.
            yield self.of((value.__defaults__, value.__kwdefaults__))
            yield from (self.of(cell.cell_contents) for cell in value.__closure__ or ())
        elif class_ is CodeType:
            yield digest_of_code(value).encode()
        elif isinstance(value, Enum):
            yield value.name.encode()
        elif class_ in {list, tuple}:
            yield from map(self.of, value)
        elif class_ in {set, frozenset}:
            yield from sorted(map(self.of, value))
        elif class_ is dict:
            yield from self._pairs(value)
        elif hasattr(class_, "model_fields"):
            # pydantic: which fields were given and which are defaults makes no other value.
            yield from self._pairs(vars(value))
            yield self.of((value.__pydantic_extra__, value.__pydantic_private__))
        else:
            yield from self._reduced(value)

    def _class(self, class_: type) -> bytes:
        name = _name_of(class_).encode()
        if "<locals>" not in class_.__qualname__:
            return name
        # Each call of the function around makes another class of that name.
        parts = [name, *map(self._class, class_.__bases__)]
        for key, value in sorted(vars(class_).items()):
            if isinstance(value, FunctionType):
                parts += [key.encode(), digest_of_code(value.__code__).encode()]
            elif type(value) in _PLAIN and not key.startswith("__"):
                parts += [key.encode(), self.of(value)]
        return _join(*parts)

    def _pairs(self, value: Mapping[Any, Any]) -> Iterable[bytes]:
        # The order of a dict says when a key came, not what the dict is.
        return sorted(self.of(key) + self.of(item) for key, item in value.items())

    def _reduced(self, value: Any) -> Iterator[bytes]:
        reduced = value.__reduce_ex__(PROTOCOL)
        if isinstance(reduced, str):
            yield reduced.encode()
            return
        for part in reduced:
            yield self.of(list(part) if hasattr(part, "__next__") else part)


def _join(*parts: bytes) -> bytes:
    # With lengths, so that no two lists of parts give the same bytes.
    made = sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.digest()[:16]


def _name_of(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or value.__name__
    return f"{getattr(value, '__module__', '')}.{name}"


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _as_repr(value: object) -> bytes:
    return repr(value).encode()


_PLAIN: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): _as_repr,
    type(...): _as_repr,
    bool: _as_repr,
    int: _as_repr,
    float: _as_repr,
    complex: _as_repr,
    str: _text,
    bytes: bytes,
    bytearray: bytes,
}
