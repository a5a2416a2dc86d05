"""Check what flows and tasks are declared with: InvalidError names the option and the fix."""

from __future__ import annotations

from typing import Any, Final

from peninsula.core.errors import InvalidError

__all__ = [
    "check_flags",
    "check_function",
    "check_retries",
    "check_version",
    "checked_hooks",
    "checked_name",
    "checked_tags",
]

MOST_CHARS: Final = 500
"""Of names and versions."""

TAG_CHARS: Final = 100
MOST_TAGS: Final = 50

RESERVED: Final = frozenset({"return_state", "wait_for"})
_BANNED: Final = frozenset("/%&<>")


def checked_name(kind: str, name: Any) -> str:
    """Return the name of a flow or task."""
    if not _is_text(name, MOST_CHARS):
        msg = f"The name {name!r} is none for a {kind}. Give printable text, not too long."
        raise InvalidError(msg)
    banned = _BANNED.intersection(name)
    if banned:
        listed = " ".join(sorted(banned))
        msg = f'The name "{name}" has {listed}, which names of a {kind} may not have.'
        raise InvalidError(msg)
    return str(name)


def check_version(titled: str, version: Any) -> None:
    """Refuse what is no version; None is that there is none."""
    if version is not None and not _is_text(version, MOST_CHARS):
        msg = f"The {titled} has version={version!r}. Give printable text, not too long."
        raise InvalidError(msg)


def check_function(titled: str, fn: Any) -> None:
    """Refuse a function that takes what is taken out of each call."""
    code = getattr(fn, "__code__", None)
    if code is not None:
        count = code.co_argcount + code.co_kwonlyargcount
        reserved = RESERVED.intersection(code.co_varnames[:count])
        if reserved:
            named = " and ".join(sorted(reserved))
            msg = f"The {titled} has a parameter {named}, a word of its calls. Rename it."
            raise InvalidError(msg)


def check_retries(titled: str, retries: Any) -> None:
    """Refuse what is no number of retries."""
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        msg = f"The {titled} has retries={retries!r}; give a whole number from 0 on."
        raise InvalidError(msg)


def check_flags(titled: str, **flags: Any) -> None:
    """Refuse what is neither True nor False, nor None: left to others."""
    for option, given in flags.items():
        if given is not None and not isinstance(given, bool):
            msg = f"The {titled} has {option}={given!r}. Give True or False."
            raise InvalidError(msg)


def checked_hooks(titled: str, option: str, hooks: Any) -> list[Any]:
    """Return the hooks as a list."""
    if callable(hooks) or isinstance(hooks, str):
        msg = f"The {titled} has {option}={hooks!r}. Give a list of functions."
        raise InvalidError(msg)
    listed = list(hooks or ())
    for hook in listed:
        if not callable(hook):
            msg = f"The {titled} has {hook!r} in {option}, which cannot be called."
            raise InvalidError(msg)
    return listed


def checked_tags(tags: Any, owner: str) -> frozenset[str]:
    """Return the tags. Raises InvalidError for what is none, and for too many of them."""
    if isinstance(tags, str):
        msg = f"{owner} has tags={tags!r}. Give a list: tags=[{tags!r}]."
        raise InvalidError(msg)
    checked = frozenset(tags or ())
    for tag in checked:
        if not _is_text(tag, TAG_CHARS):
            msg = f"{owner} has the tag {tag!r}. Give printable text, up to {TAG_CHARS} characters."
            raise InvalidError(msg)
    if len(checked) > MOST_TAGS:
        msg = f"{owner} has {len(checked)} tags; the limit is {MOST_TAGS}."
        raise InvalidError(msg)
    return checked


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()
