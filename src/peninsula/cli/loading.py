"""Find the blocks that `blocks.py` or `package.module` defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peninsula.core.errors import NotFoundError
from peninsula.sdk.loading import module_at

if TYPE_CHECKING:
    from peninsula.blocks import Block

__all__ = ["load_blocks"]


def load_blocks(target: str) -> list[type[Block]]:
    """Return the classes of blocks that a file or module defines, or else has imported.

    Raises NotFoundError where there are none, and CodeError where the module fails.
    """
    from peninsula.blocks import Block  # noqa: PLC0415  weight: pydantic

    module = module_at(target)
    # Modules that import late, as ours, have in `__all__` what they do not have yet.
    names = dict.fromkeys([*vars(module), *getattr(module, "__all__", ())])
    found = [
        value
        for value in (getattr(module, name, None) for name in names)
        if isinstance(value, type) and issubclass(value, Block) and value is not Block
    ]
    own = [each for each in found if f"{each.__module__}.".startswith(f"{module.__name__}.")]
    if not found:
        raise NotFoundError(f"{target} has no block. Derive a class of it from Block.")
    return list(dict.fromkeys(own or found))
