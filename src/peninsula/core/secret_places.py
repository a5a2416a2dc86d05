"""Keep the secrets of data apart from it, each by its place, with masks where they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peninsula.core.addresses import filled, parted, password_apart
from peninsula.core.data_places import Place, written
from peninsula.core.errors import InvalidError
from peninsula.core.secret_names import is_secret_name
from peninsula.core.texts import MASK

__all__ = ["is_masked", "join", "kept", "split", "with_passwords_apart"]


def split(
    data: Any, paths: Sequence[str], places: Sequence[Place] = ()
) -> tuple[Any, dict[Place, Any]]:
    """Return the data with each secret that is set masked, and the secrets by their place.

    What is at these paths and at these places is secret, and so is a text by its name; a mask
    stands for a secret anywhere. Of an address its passwords are secret, as a tuple, and the rest
    stays. Raises InvalidError for a place that the data has not.
    """
    splitting = _Splitting(frozenset(places))
    masked = splitting.mask(data, [path.split(".") for path in paths], ())
    splitting.check_reached()
    return masked, splitting.found


class _Splitting:
    def __init__(self, places: frozenset[Place]) -> None:
        self.found: dict[Place, Any] = {}
        self._places = places
        self._reached: set[Place] = set()

    def mask(self, value: Any, paths: Sequence[Sequence[str]], place: Place) -> Any:
        """Return a value with what is secret in it masked; `paths` go on from its place."""
        if place in self._places or not all(paths) or value == MASK or _is_named(place, value):
            self._reached.add(place)
            if value is None or value in ("", {}, []):
                return value  # nothing is set
            self.found[place] = value
            return MASK
        if isinstance(value, dict):
            return {
                key: self.mask(one, _within(paths, key), (*place, key))
                for key, one in value.items()
            }
        if isinstance(value, list):
            inner = _within(paths, "*")
            return [self.mask(one, inner, (*place, at)) for at, one in enumerate(value)]
        return self._address(value, place) if isinstance(value, str) else value

    def _address(self, text: str, place: Place) -> str:
        shown, secrets = parted(text)
        if secrets:
            self.found[place] = text if shown == MASK else secrets
        return shown

    def check_reached(self) -> None:
        """Refuse a place that leads nowhere: what was meant by it would be kept in clear."""
        for place in self._places - self._reached:
            if not any(place[:end] in self.found for end in range(len(place))):
                msg = f"The block has nothing at {written(place)!r}, which is said to be secret."
                raise InvalidError(f"{msg} Name the place of a value.", field=written(place))


def _is_named(place: Place, value: Any) -> bool:
    return isinstance(value, str) and bool(place) and is_secret_name(str(place[-1]))


def _within(paths: Sequence[Sequence[str]], key: str) -> list[Sequence[str]]:
    """Return how paths go on from one key."""
    return [path[1:] for path in paths if path[0] in {key, "*"}]


def join(data: Any, secrets: Mapping[Place, Any]) -> Any:
    """Return the data with the secrets in their places: the reverse of `split`."""
    for place, secret in secrets.items():
        data = _put(data, place, secret)
    return data


def _put(value: Any, place: Place, secret: Any) -> Any:
    if not place:
        is_address = isinstance(value, str) and value != MASK
        return filled(value, secret) if is_address else secret
    key, *rest = place
    changed = value.copy()
    changed[key] = _put(value[key], tuple(rest), secret)
    return changed


def is_masked(secret: Any) -> bool:
    """Tell whether nothing of a secret is new: masks alone."""
    return bool(secret == MASK or (isinstance(secret, tuple) and set(secret) == {MASK}))


def kept(secret: Any, before: Any) -> Any:
    """Return a secret with what was `before` in place of its masks, None where nothing was."""
    if secret == MASK:
        return before
    if not isinstance(secret, tuple) or MASK not in secret:
        return secret
    if not isinstance(before, list | tuple) or len(before) != len(secret):
        return None
    return tuple(old if new == MASK else new for old, new in zip(before, secret, strict=True))


def with_passwords_apart(data: Any, fields: Mapping[str, str]) -> Any:
    """Return the data with the password of each address in the field beside it that it is of.

    A password that is given there goes before that of the address; a mask or null gives none.
    Raises InvalidError where a part of it may be left in the address.
    """
    for path, field in fields.items():
        data = _apart(data, path.split("."), field)
    return data


def _apart(value: Any, path: Sequence[str], field: str, place: Place = ()) -> Any:
    key, *rest = path
    if isinstance(value, list):
        items = enumerate(value)
        return [_apart(each, rest, field, (*place, at)) for at, each in items] if rest else value
    if not isinstance(value, dict):
        return value
    if rest:
        return {
            name: _apart(each, rest, field, (*place, name)) if key in {name, "*"} else each
            for name, each in value.items()
        }
    address, given = value.get(key), value.get(field)
    if not isinstance(address, str):
        return value
    apart = password_apart(address)
    if apart is None:
        name = written((*place, key))
        msg = (
            f"{name!r} has signs in its user or password that are to be quoted: %40 is an @, %2F a"
            f" slash. Quote them, or give the password in {field!r}."
        )
        raise InvalidError(msg, field=name)
    shown, password = apart
    if given in _NONE_GIVEN:
        given = password
    return value if given in _NONE_GIVEN else value | {key: shown, field: given}


_NONE_GIVEN = (None, "", MASK)
