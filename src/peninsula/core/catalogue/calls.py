"""Events of calls: of methods of blocks, and of libraries."""

from __future__ import annotations

from typing import Final

from peninsula.core.calls import CALL, CANCELLED, COMPLETED, FAILED, LOST, ROLLED_UP
from peninsula.core.catalogue.entries import Entry

__all__ = ["CALLS"]

_PLACE: Final = "the path or the system, else `peninsula.block-type.<type>`"

CALLS: Final = (
    *(
        Entry(f"{CALL}<type>.<method>.{part}", moment, _PLACE, payload)
        for part, moment, payload in (
            (COMPLETED, "A method of a block, or a call of a library, returns.", "`Report`"),
            (FAILED, "It raises.", "`Report`, with `error` and `error_type`"),
            (CANCELLED, "It is interrupted: its run is cancelled, or out of time.", "`Report`"),
            (LOST, "Its process ends before it returns.", "`Report`, without `seconds`"),
            (ROLLED_UP, "So many are called that not each is told, for 10 s.", "`RollUp`"),
        )
    ),
    Entry(
        f"{CALL}{ROLLED_UP}",
        "So many kinds of calls are rolled up at a time that some are counted together.",
        "`peninsula.process.<uuid>`, the emitter",
        "`RollUp`",
    ),
)
