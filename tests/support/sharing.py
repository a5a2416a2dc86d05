"""Which tests go to which of the processes that share them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

__all__ = ["Sharing"]


class Sharing(LoadScopeScheduling):
    """A module's tests go to one process, so what they share is made once; the largest go first.

    All that need the cluster of Kubernetes go to the same one: there is one cluster, and some hold
    parts of it still. Marks of the kind xdist_group, which say such things, are lost on their way
    with pytest 9.2 and xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "kubernetes" if "/test_kubernetes" in module else module
