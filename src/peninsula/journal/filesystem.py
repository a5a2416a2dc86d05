"""Tell file systems of this machine from those it shares with others."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

__all__ = ["is_shared"]

_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")

_SHARED: Final = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|pvfs2"
    r"|smb3|smbfs|virtiofs|fuse\..*",
)


def is_shared(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Tell whether the path is on a file system that another machine may write to.

    An flock of another machine may not be seen there. FUSE may be anything, so it counts as shared.
    Where the system has no list of mounts (macOS), every file system counts as its own.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    return _SHARED.fullmatch(_kind_at(os.path.realpath(path), lines)) is not None


def _kind_at(path: str, lines: list[str]) -> str:
    best, kind = "", ""
    for line in lines:
        # 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw   (proc(5))
        before, _, after = line.partition(" - ")
        mounted = _OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4])
        if _is_below(path, mounted) and len(mounted) >= len(best):
            best, kind = mounted, after.split(" ")[0]
    return kind


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
