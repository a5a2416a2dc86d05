"""Ask for what comes with an extra of the package."""

from __future__ import annotations

from importlib.util import find_spec

from peninsula.core.errors import InvalidError

__all__ = ["require"]


def require(module: str, what: str, extra: str) -> None:
    """Raise InvalidError, with the command that helps, unless the module can be imported."""
    if find_spec(module) is None:
        msg = f'{what} needs {module}. Install it with "pip install peninsula[{extra}]".'
        raise InvalidError(msg)
