"""What tests of flows need: a home of their own, and what the runs in it have told.

pytest loads its plugin from here before every test run, so each name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peninsula.testing.harness import Harness, harness
    from peninsula.testing.told import ToldRun

__all__ = ["Harness", "ToldRun", "harness"]

if not TYPE_CHECKING:  # to a type checker, a name that is not above is a mistake

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            msg = f"module 'peninsula.testing' has no attribute {name!r}"
            raise AttributeError(msg)
        place = "told" if name == "ToldRun" else "harness"
        value = globals()[name] = getattr(import_module(f"peninsula.testing.{place}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
