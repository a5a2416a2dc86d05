"""File systems that other machines write to are known by the list of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from peninsula.journal.filesystem import is_shared

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
36 22 0:33 / /mnt/team rw,relatime shared:7 - nfs4 nas:/export rw,vers=4.2
37 36 0:34 / /mnt/team/scratch rw,relatime - tmpfs none rw
38 22 0:35 / /home/a\040b rw,relatime - cifs //nas/home rw
39 22 0:36 / /data rw,relatime master:2 propagate_from:1 - fuse.sshfs host:/ rw
40 22 0:37 / /over rw - nfs nas:/x rw
41 22 0:38 / /over rw - overlay overlay rw
""".lstrip()


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/root/.peninsula", False),
        ("/mnt/team", True),
        ("/mnt/team/etl/journal", True),
        ("/mnt/teamwork", False),
        ("/mnt/team/scratch/journal", False),
        ("/home/a b/.peninsula", True),
        ("/data/journal", True),
        ("/over/journal", False),
    ],
)
def test_the_mount_decides(tmp_path, path, shared):
    """The innermost and latest mount above a path says whether it is shared."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert is_shared(Path(path), mounts) is shared


def test_a_system_without_mounts_is_its_own(tmp_path):
    """Where there is no list of mounts, nothing counts as shared."""
    assert not is_shared(tmp_path, tmp_path / "none")


def test_this_machine_is_read(tmp_path):
    """The real list of mounts can be read, and the place of the tests is in it."""
    assert is_shared(tmp_path) is False
