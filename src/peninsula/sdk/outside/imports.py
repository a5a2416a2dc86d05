"""Do something once a module is imported.

wrapt has this, too, but takes longer to import than a flow that uses no library takes to run.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

__all__ = ["once_imported"]


def once_imported(name: str, then: Callable[[], None]) -> None:
    """Call it after the import of the module; now, if that is done."""
    if name in sys.modules:
        then()
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.waiting[name] = then


class _Finder:
    """Leaves finding to the others, and hears when what they found is loaded."""

    def __init__(self) -> None:
        self.waiting: dict[str, Callable[[], None]] = {}
        self._here = threading.local()

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.waiting or getattr(self._here, "finds", False):
            return None
        self._here.finds = True
        try:
            spec = find_spec(name)
        finally:
            self._here.finds = False
        if spec is not None and spec.loader is not None:
            self._listen(name, spec)
        return spec

    def _listen(self, name: str, spec: ModuleSpec) -> None:
        loader = spec.loader
        assert loader is not None  # noqa: S101  its caller has looked
        load = loader.exec_module

        def load_and_tell(module: ModuleType) -> None:
            load(module)
            if then := self.waiting.pop(name, None):
                then()

        with suppress(AttributeError, TypeError):  # those of built-in modules are classes
            loader.exec_module = load_and_tell  # type: ignore[method-assign]


_finder = _Finder()
