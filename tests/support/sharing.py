"""Which tests go to which of the processes that share them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

__all__ = ["Sharing"]

LONGEST = ("kubernetes", "tests/pages/test_pages.py")
"""Units that begin first: several minutes each, most of them spent on waiting."""

ALONE = (
    "/acceptance/test_how_to.py",
    "/acceptance/test_kill.py",
    "/acceptance/test_work.py",
    "/acceptance/test_workers_of_tasks.py",
)
"""Modules whose tests share nothing, and some of which take half a minute each."""


class Sharing(LoadScopeScheduling):
    """A module's tests go to one process, so what they share is made once; the longest go first.

    All that need the cluster of Kubernetes go to the same one: there is one cluster, and some hold
    parts of it still. So do all that need a browser: several at once on a small machine run into
    the time limits of their tests. Long tests that share nothing go one by one, at the end: as a
    module, they would keep one process at work for minutes after the others.

    Marks of the kind xdist_group, which say such things, are lost on their way with pytest 9.2 and
    xdist 3.8.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        for unit in reversed(LONGEST):
            if unit in self.workqueue:
                self.workqueue.move_to_end(unit, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if f"/{module}".endswith(ALONE):
            return nodeid
        return "kubernetes" if "/test_kubernetes" in module else module
