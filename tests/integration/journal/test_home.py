"""A home is its owner's, and a disk that takes nothing stops no flow."""

from __future__ import annotations

import errno
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

from peninsula.core import codec
from peninsula.core.errors import ForbiddenError
from peninsula.core.home import Home
from peninsula.core.records import EventRecord, LogLine
from peninsula.journal import store as stores
from peninsula.journal.adopt import read_batches
from peninsula.journal.home import prepare
from peninsula.journal.journal import Journal
from tests.support.disk import Disk
from tests.support.make import event
from tests.support.telling import told as names_told

ROOT = Path(__file__).parents[3]


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of everything below a folder."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
    }


def warnings(caplog) -> list[str]:
    """Return what people were warned of."""
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# --- whose it is ---------------------------------------------------------------------------------


def test_a_journal_is_its_owners(emitter, home):
    """Folders are 0700 and files 0600, whatever the umask says."""
    before = os.umask(0)
    try:
        told = emitter()
        told.emit(event())
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    found = modes(home)
    assert found["journal"] == 0o700
    files = {name: mode for name, mode in found.items() if "." in name.rpartition("/")[2]}
    assert set(files.values()) == {0o600}
    assert len(files) == 2


def test_an_open_journal_folder_is_closed(emitter, home, caplog):
    """Journals that others could read are closed, and that is said."""
    (home / "journal").mkdir(parents=True)
    (home / "journal").chmod(0o755)
    emitter().emit(event())
    assert stat.S_IMODE((home / "journal").stat().st_mode) == 0o700
    assert "open to other users (755)" in warnings(caplog)[0]


def test_a_home_that_was_there_keeps_its_mode(emitter, home):
    """PENINSULA_HOME may name a folder that is someone's in another way: it is left as it is."""
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    emitter().emit(event())
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_another_users_home_is_refused(emitter, home, monkeypatch, caplog):
    """A journal folder of another user is not written to, and the message says what to set."""
    prepare(Home(home))
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ForbiddenError, match="PENINSULA_HOME"):
        prepare(Home(home))
    told = emitter()
    told.emit(event())
    assert list((home / "journal").iterdir()) == []
    assert f"belongs to user {owner}, and this process runs as user 12345" in warnings(caplog)[0]


def test_nothing_is_open_to_programs_that_are_started(emitter):
    """No descriptor of the journal is inherited by what a flow starts."""
    told = emitter()
    told.emit(event())
    listed = subprocess.run(
        ["ls", "-l", "/proc/self/fd"],
        check=True,
        capture_output=True,
        text=True,
        close_fds=False,
    )
    assert str(told._home.path) not in listed.stdout


# --- a disk that takes nothing -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-full"),
        (errno.EFBIG, "disk-full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.EIO, "disk-error"),
        (errno.EMFILE, "disk-error"),
    ],
)
def test_a_served_process_needs_no_disk(emitter, intake, home, monkeypatch, caplog, number, reason):
    """With a server everything arrives though the disk takes nothing; people are warned once."""
    Disk(monkeypatch).error = number
    told = emitter(api_url=intake.url)
    expected = [f"orders.n{n}" for n in range(3_000)]
    for name in expected:
        told.emit(event(name))
    assert told.flush(60)
    told.close()
    assert [e.event for e in intake.events()] == expected
    assert told._store.reason_of(OSError(number, "")) == reason
    assert len(warnings(caplog)) == 1
    assert "cannot be written" in warnings(caplog)[0]
    assert "The flow goes on" in warnings(caplog)[0]


def test_what_memory_has_no_room_for_is_told(emitter, intake, monkeypatch, caplog):
    """While disk and server take nothing, memory is bounded; what was dropped is told after."""
    disk = Disk(monkeypatch)
    disk.error = errno.ENOSPC
    told = emitter(api_url="http://127.0.0.1:9")
    told._store._in_memory = stores.shares(100_000)
    for _ in range(1_000):
        told.emit(event("peninsula.call.returned", payload={"text": "x" * 300}))
    kept = told._tape.last
    assert 100 < kept < 300
    for n in range(10):
        told.emit(event("peninsula.task-run.running", payload={"n": n}))
    assert told._tape.last == kept + 10, "states have room when calls have none"
    disk.error = None
    told._tape.finish()
    assert told._tape.gap is None
    told.close()
    [gap] = [r for r in records(told) if not isinstance(r, EventRecord)]
    assert (gap.reason, gap.dropped) == ("disk-full", {"call": 1_000 - kept})
    assert len(records(told)) == kept + 11


def records(told) -> list:
    """Return what is in the journal of an emitter."""
    parcels = read_batches(told._own.journal)
    return [codec.decode_record(body) for parcel in parcels for body in parcel.bodies]


def test_what_is_lost_at_the_end_is_said(emitter, home, monkeypatch, caplog):
    """A process without server and disk says at its end how much it could not keep."""
    Disk(monkeypatch).error = errno.EROFS
    told = emitter()
    for _ in range(5):
        told.emit(event())
    told.close()
    assert warnings(caplog)[-1].endswith("Lost: 5 records.")


def test_a_journal_that_someone_removed_is_made_anew(emitter, intake, home):
    """Removing the journals of a running process costs nothing that memory or a server has."""
    told = emitter(api_url=intake.url, journal_limit_mb=8 * 4096 / 2**20)
    told.emit(event("first.one"))
    assert told.flush(60)
    (home / "journal").rename(home / "gone")
    expected = ["first.one"]
    for n in range(100):
        told.emit(event(f"orders.n{n}"))
        told._store._retry_at = 0.0
        expected.append(f"orders.n{n}")
    assert told.flush(60)
    assert [e.event for e in intake.events()] == expected
    assert told._store.trouble is None
    assert told._own.journal.folder.exists()


# --- power ---------------------------------------------------------------------------------------


@pytest.fixture
def synced(monkeypatch):
    """Count what is written through to the disk."""
    counts: SimpleQueue[int] = SimpleQueue()
    real = os.fdatasync

    def fdatasync(file: int) -> None:
        real(file)
        counts.put(file)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    return counts


def test_each_record_is_written_through(emitter, synced):
    """With `journal_fsync` 0, whatever returned stands a power loss."""
    told = emitter(journal_fsync=0)
    for n in range(1, 6):
        told.emit(event())
        assert synced.qsize() == n


def test_records_are_written_through_from_time_to_time(emitter, synced):
    """With an interval, a process that says nothing more is written through as well, once."""
    told = emitter(journal_fsync=0.02)
    told.emit(event())
    synced.get(timeout=30)
    told.emit(event())
    synced.get(timeout=30)
    told.close()
    assert synced.empty(), "nothing was written in between"


def test_nothing_is_written_through_unless_it_is_set(emitter, synced):
    """Without the setting, an emit waits for no disk."""
    told = emitter()
    for _ in range(100):
        told.emit(event())
    told.close()
    assert synced.empty()


# --- the limit -----------------------------------------------------------------------------------


def test_the_limit_drops_in_order(emitter, intake):
    """Near the limit debug logs go first and states stay; when there is room, a gap says what."""
    told = emitter(api_url="http://127.0.0.1:9", journal_limit_mb=0.1)
    run = told.id
    line = LogLine(time=1, level=10, logger="flow", message="x" * 300)
    info = LogLine(time=1, level=20, logger="flow", message="x" * 300)
    for _ in range(1_000):
        told.log(run, run, [line, info])
        told.emit(event("peninsula.call.returned", payload={"text": "x" * 300}))
        told.emit(event("orders.loaded", payload={"text": "x" * 300}))
    last = told._tape.last
    for _ in range(5):
        told.emit(event("peninsula.flow-run.running", payload={}))
    assert told._tape.last == last + 5
    dropped = told._tape.gap.dropped
    assert told._tape.gap.reason == "size-limit"
    assert dropped["debug-log"] > dropped["call"] > dropped["log"] > dropped["event"] > 0
    assert "state" not in dropped
    size = sum(path.stat().st_size for path in told._own.journal.folder.glob("*.seg"))
    assert size < 0.1 * 2**20
    lines = [line for r in records(told) if hasattr(r, "lines") for line in r.lines]
    assert sum(each.level == 10 for each in lines) == 1_000 - dropped["debug-log"]
    assert sum(each.level == 20 for each in lines) == 1_000 - dropped["log"]


def test_beyond_the_limit_ends_of_flow_runs_and_the_gap_are_told(emitter):
    """When states are dropped, too: else a run that completed would seem to have crashed."""
    told = emitter(journal_limit_mb=0.1)
    for _ in range(1_000):
        told.emit(event("peninsula.task-run.running", payload={"text": "x" * 300}))
    told.emit(event("peninsula.flow-run.completed", payload={}))
    told.close()
    *_, end, gap = records(told)
    assert end.event.event == "peninsula.flow-run.completed"
    assert list(gap.dropped) == ["state"]
    assert gap.reason == "size-limit"


def test_a_body_goes_whole_or_not_at_all(emitter):
    """Near the limit a body is left out with all its chunks, and counted once."""
    told = emitter(journal_limit_mb=4.0)
    for n in range(10):
        told.blob(bytes([n]) * 1_000_000)
    chunks = [r for r in records(told) if hasattr(r, "sha256")]
    kept = {r.sha256 for r in chunks}
    assert 2 <= len(kept) < 10
    for name in kept:
        assert sum(len(r.data) for r in chunks if r.sha256 == name) == 1_000_000
    assert told._tape.gap.dropped == {"blob": 10 - len(kept)}


def test_what_is_shipped_makes_room(emitter, intake):
    """A server that takes what there is keeps a process below its limit for ever."""
    told = emitter(api_url=intake.url, journal_limit_mb=0.5)
    for _ in range(30):
        for _ in range(100):
            told.emit(event(payload={"text": "x" * 1_000}))
        assert told.flush(60)
    assert len(intake.events()) == 3_000
    assert intake.gaps() == []


# --- real disks ----------------------------------------------------------------------------------


FLOW = """
import sys
from tests.support.telling import tell
for n in range(300):
    tell(f"orders.n{n}", 1000)
print("succeeded")
"""


def in_namespace(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script with mounts of its own."""
    # Where the tests are not root, they are it in a namespace of users.
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    probe = subprocess.run([*unshare, "true"], check=False, capture_output=True)
    if probe.returncode != 0:
        pytest.skip("This machine lets nobody mount a disk of their own (unshare --mount).")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, **env}
    return subprocess.run(
        [*unshare, "sh", "-euc", script],
        check=False,
        capture_output=True,
        text=True,
        env=variables,
        timeout=60,
    )


def test_a_full_disk(tmp_path, home):
    """On a disk that is full a flow succeeds, says so once, and says what is lost."""
    (tmp_path / "flow.py").write_text(FLOW)
    done = in_namespace(
        f"mkdir -p {home}; mount -t tmpfs -o size=128k none {home};"
        f'"$PYTHON" {tmp_path}/flow.py; cp -r {home} {tmp_path}/copy'
    )
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stdout
    assert done.stderr.count("No space left on device") == 1
    assert "Make room on its disk" in done.stderr
    [folder] = [f for f in (tmp_path / "copy" / "journal").iterdir() if f.name[0] != "."]
    kept = sum(len(parcel.bodies) for parcel in read_batches(Journal.open(folder)))
    assert 20 < kept < 130
    assert f"Lost: {300 - kept} records" in done.stderr


def test_a_read_only_home(tmp_path, home, intake):
    """In a home that cannot be written a flow succeeds, and a server has everything."""
    (tmp_path / "flow.py").write_text(FLOW)
    done = in_namespace(
        f'mkdir -p {home}; mount -t tmpfs -o ro none {home}; "$PYTHON" {tmp_path}/flow.py',
        PENINSULA_API_URL=intake.url,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Read-only file system") == 1
    assert "Set PENINSULA_HOME" in done.stderr
    assert [e.event for e in intake.events()] == names_told(done.stdout)
    assert len(intake.events()) == 300


def test_a_limit_on_the_size_of_files(tmp_path, home):
    """Under `ulimit -f` a flow succeeds; no record is torn where the limit struck."""
    (tmp_path / "flow.py").write_text(FLOW)
    done = subprocess.run(
        ["sh", "-c", f"ulimit -f 100; {sys.executable} {tmp_path}/flow.py"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "File too large" in done.stderr
    assert "succeeded" in done.stdout
