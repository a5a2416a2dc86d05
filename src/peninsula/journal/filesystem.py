"""Tell which file systems are this machine's alone, and which have the room that they give."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

__all__ = ["is_shared", "may_be_mapped"]

_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")

_SHARED: Final = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|pvfs2"
    r"|smb3|smbfs|virtiofs|fuse\..*",
)

_PLAIN: Final = re.compile(r"ext[234]|xfs|tmpfs|overlay")


def is_shared(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Tell whether the path is on a file system that another machine may write to.

    An flock of another machine may not be seen there. FUSE may be anything, so it counts as shared.
    Where the system has no list of mounts (macOS), every file system counts as its own.
    """
    return _SHARED.fullmatch(_kind_of(path, mounts)) is not None


def may_be_mapped(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Tell whether room that was given to a file there is had when it is written to.

    Not so where a write goes elsewhere than what it replaces, as on btrfs and ZFS, or to another
    machine: stores into mapped memory then fail by a signal that ends the process.
    """
    return _PLAIN.fullmatch(_kind_of(path, mounts)) is not None


def _kind_of(path: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    return _kind_at(os.path.realpath(path), lines)


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
