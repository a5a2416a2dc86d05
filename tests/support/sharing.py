"""Which tests go to which of the processes that share them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

__all__ = ["Sharing"]


class Sharing(LoadScopeScheduling):
    """Each test goes to whoever is free, but all of one cluster of Kubernetes to the same process.

    There is one such cluster, and some tests hold parts of it still. Marks of the kind xdist_group
    would say it, but are lost on the way with pytest 9.2 and xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "kubernetes" if "/test_kubernetes" in nodeid else nodeid
