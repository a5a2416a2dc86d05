"""Journals whose process is gone are shipped by others, once and for the right server."""

from __future__ import annotations

import json
import logging
import os
from itertools import islice, pairwise

import pytest
from msgspec import structs

from peninsula.client.destination import Destination
from peninsula.client.port import Port
from peninsula.core.calls import Begun
from peninsula.core.errors import ForbiddenError
from peninsula.core.events import Resource
from peninsula.core.home import Home
from peninsula.core.ids import uuid7
from peninsula.core.records import GapRecord
from peninsula.journal import adopt as adoption
from peninsula.journal import kept, unsettled
from peninsula.journal.adopt import abandoned, adopt, read_batches
from peninsula.journal.journal import Journal
from peninsula.journal.ledger import Sample, Window
from peninsula.journal.lock import Lock
from peninsula.journal.segments import segments
from tests.support.intake import Fault, Intake
from tests.support.make import event
from tests.support.processes import wait_until


@pytest.fixture
def port(intake):
    """A port to the intake, as an adopter has it."""
    found = Destination(url=intake.url, key=None, local=False)
    made = Port(lambda: found, 5.0)
    yield made
    made.leave()


def leave(emitter, *names: str, **options) -> Journal:
    """Leave a journal behind as a killed process does: unlocked, with nothing said at the end."""
    told = emitter(**options)
    for name in names:
        told.emit(event(name))
    told._own.close()
    return told._own.journal


def names(intake: Intake, journal: Journal) -> list[str]:
    """Return the names of the events in the log."""
    return [each.event for each in intake.events(journal.emitter)]


def test_a_journal_left_behind_is_shipped(emitter, intake, port, settings, home):
    """Its records arrive, the server is told that its process is gone, and it is kept."""
    journal = leave(emitter, "left.one", "left.two")
    assert adopt(settings(), port) == 1
    assert names(intake, journal) == ["left.one", "left.two"]
    assert intake.batches[-1].adopted
    assert intake.batches[-1].closing
    assert intake.batches[-1].process == journal.header.process
    assert not journal.folder.exists()
    assert (home / "kept" / str(journal.emitter)).is_dir()
    assert adopt(settings(), port) == 0


def test_the_next_process_adopts(emitter, intake):
    """A process with a server ships what an earlier one for the same server left."""
    intake.fail(Fault.ERROR)
    journal = leave(emitter, "left.one", api_url=intake.url)
    intake.recover()
    following = emitter(api_url=intake.url)
    following.emit(event("other.one"))
    intake.wait_for(lambda i: i.committed.get(journal.emitter) == 1)
    assert names(intake, journal) == ["left.one"]


def test_whose_key_is_for_one_run_adopts_nothing(emitter, intake, caplog):
    """It tries no second time, and nobody reads of it in the log of that run."""
    caplog.set_level(logging.DEBUG)
    intake.fail(Fault.ERROR)
    journal = leave(emitter, "left.one", api_url=intake.url)
    problem = ForbiddenError("This key is for one flow run alone.")
    intake.reject = lambda batch: problem if batch.process.emitter == journal.emitter else None
    intake.recover()
    following = emitter(api_url=intake.url)
    following.emit(event("own.one"))
    rounds = following._way._shipper._rounds
    wait_until(lambda: not rounds._may_adopt, what="the refusal")
    following.emit(event("own.two"))
    intake.wait_for(lambda i: len(i.events(following.id)) == 2)
    assert journal.folder.exists()
    assert "What others left" not in caplog.text


def test_another_servers_journal_is_left_alone(emitter, intake, port, settings):
    """A journal goes to the server it was written for, and to no other."""
    journal = leave(emitter, "left.one", api_url="http://127.0.0.1:9")
    assert adopt(settings(), port) == 0
    assert not intake.records
    assert adopt(settings(), port, "http://127.0.0.1:9") == 1
    assert names(intake, journal) == ["left.one"]


def test_the_living_are_left_alone(emitter, intake, port, settings, home):
    """While its process lives, a journal is nobody else's, also within the same process."""
    told = emitter()
    told.emit(event("living.one"))
    assert abandoned(told._home, None) == []
    assert adopt(settings(), port) == 0
    assert not intake.records


def test_a_torn_tail_ends_the_journal(emitter, intake, port, settings):
    """Half a record at the end, as of a power loss, costs that record and no other."""
    journal = leave(emitter, "left.one", "left.two")
    [segment] = segments(journal.folder)
    whole = segment.path.read_bytes()
    segment.path.write_bytes(whole[:-20])
    assert adopt(settings(), port) == 1
    assert names(intake, journal) == ["left.one"]


def test_a_lost_segment_is_told(emitter, intake, port, settings):
    """Where a segment is gone, the rest is shipped, and a gap says how many records are not."""
    journal = leave(emitter, *(f"left.n{n}" for n in range(20)), journal_limit_mb=8 * 1024 / 2**20)
    found = segments(journal.folder)
    assert len(found) > 4
    found[1].path.unlink()
    lost = found[2].first - found[1].first
    assert adopt(settings(), port) == 1
    records = intake.all_records(journal.emitter)
    assert len(records) == 20 - lost + 1
    gap = records[-1]
    assert isinstance(gap, GapRecord)
    assert (gap.reason, gap.dropped, gap.number) == ("segment-lost", {"record": lost}, 21)


def test_a_corrupt_record_costs_its_segment_only(emitter, intake, port, settings):
    """A byte that rots on the disk loses what is after it in that file, and that is told."""
    journal = leave(emitter, *(f"left.n{n}" for n in range(20)), journal_limit_mb=8 * 1024 / 2**20)
    first = segments(journal.folder)[0].path
    rotten = bytearray(first.read_bytes())
    rotten[-10] ^= 1
    first.write_bytes(rotten)
    assert adopt(settings(), port) == 1
    assert len(names(intake, journal)) == 19
    assert intake.gaps()[0].dropped == {"record": 1}


def test_what_a_server_refuses_of_it_is_told(emitter, intake, port, settings, home):
    """A refused record of a dead process is put aside, and its journal goes on to say so."""
    journal = leave(emitter, "left.one", "bad.one")
    intake.refuse = lambda r: "No." if r.number == 2 else None
    assert adopt(settings(), port) == 1
    assert names(intake, journal) == ["left.one", "peninsula.process.record-rejected"]
    assert (home / "rejected" / f"{journal.emitter}.jsonl").exists()
    assert intake.batches[-1].closing


def test_a_journal_of_a_clean_exit_is_not_sent_again(emitter, intake, port, settings, home):
    """What its process delivered to the end is only moved to what is kept."""
    told = emitter(api_url=intake.url)
    told.emit(event("done.one"))
    told.close()
    before = len(intake.batches)
    assert adopt(settings(), port, intake.url) == 1
    assert len(intake.batches) == before
    assert (home / "kept" / str(told.id)).is_dir()


def test_a_server_that_fails_leaves_it(emitter, intake, port, settings):
    """A journal that could not be delivered is where it was, and is taken the next time."""
    journal = leave(emitter, "left.one")
    intake.fail(Fault.ERROR)
    with pytest.raises(Exception, match="It broke"):
        adopt(settings(), port)
    assert journal.folder.exists()
    intake.recover()
    assert adopt(settings(), port) == 1


def test_two_shippers_on_one_journal(emitter, intake, port, settings):
    """A journal that two processes send has its records in the log once."""
    told = emitter(api_url=intake.url)
    for n in range(3_000):
        told.emit(event(f"orders.n{n}"))
    # As on a file system without locks: the adopter believes that nobody holds it.
    told._own.close()
    assert adopt(settings(), port, intake.url) == 1
    assert told.flush(60)
    assert names(intake, told._own.journal) == [f"orders.n{n}" for n in range(3_000)]


def test_a_journal_that_lost_its_lock_file(emitter, intake, port, settings):
    """A journal that was copied without its empty lock file is taken over all the same."""
    journal = leave(emitter, "left.one")
    journal.lock.unlink()
    assert adopt(settings(), port) == 1
    assert names(intake, journal) == ["left.one"]


def test_folders_that_are_no_journals_are_left(intake, port, settings, home):
    """What lies there and is none of ours, or of a newer version, is not touched."""
    strange = home / "journal" / "strange"
    strange.mkdir(parents=True)
    newer = home / "journal" / "newer"
    newer.mkdir()
    (newer / "header.json").write_text('{"format": 99}')
    (home / "journal" / "file").write_text("hello")
    assert adopt(settings(), port) == 0
    assert strange.exists()
    assert newer.exists()


def test_drafts_that_were_never_named_are_removed(intake, port, settings, home):
    """The folder of a process that was killed while it made its journal does not stay for ever."""
    old, young = (home / "journal" / name for name in (".old.1", ".young.1"))
    for draft in (old, young):
        draft.mkdir(parents=True)
        (draft / "lock").touch()
    os.utime(old, (0, 0))
    adopt(settings(), port)
    assert not old.exists()
    assert young.exists()


def test_batches_can_be_read_without_a_server(emitter):
    """A journal gives its records in parcels, from any number on."""
    journal = leave(emitter, *(f"left.n{n}" for n in range(5_000)))
    parcels = list(read_batches(journal, 10))
    assert parcels[0].first == 11
    assert parcels[-1].last == 5_000
    assert sum(len(parcel.bodies) for parcel in parcels) == 4_990
    assert all(a.last + 1 == b.first for a, b in pairwise(parcels))


# --- file systems that other machines write to -----------------------------------------------


@pytest.fixture
def shared(monkeypatch):
    """A home on a file system where locks say nothing."""
    monkeypatch.setattr(adoption, "is_shared", lambda _: True)


def test_a_quiet_journal_there_is_shipped_but_not_declared_dead(
    shared, emitter, intake, port, settings
):
    """Its records arrive; nobody says that its process is gone, and nothing is moved or added."""
    journal = leave(emitter, "far.one")
    [segment] = segments(journal.folder)
    assert adopt(settings(), port) == 0
    os.utime(segment.path, (0, 0))
    before = segment.path.read_bytes()
    adopt(settings(), port)
    assert names(intake, journal) == ["far.one"]
    assert not any(batch.adopted or batch.closing for batch in intake.batches)
    assert segment.path.read_bytes() == before


def test_a_journal_there_from_before_this_boot_is_dead(shared, emitter, intake, port, settings):
    """A journal of this machine's earlier boot has no process any more."""
    journal = leave(emitter, "far.one")
    header = journal.folder / "header.json"
    content = json.loads(header.read_bytes())
    content["process"]["boot"] = "an earlier one"
    header.write_text(json.dumps(content))
    assert adopt(settings(), port) == 1
    assert names(intake, journal) == ["far.one"]
    assert intake.batches[-1].adopted
    assert not journal.folder.exists()


# --- what is kept ----------------------------------------------------------------------------


def test_a_restored_server_gets_what_it_lacks(emitter, intake, port, settings):
    """After a server is restored from a backup, what it lost is sent to it again, once."""
    early = leave(emitter, "early.one")
    adopt(settings(), port)
    backup = intake.backup()
    late = leave(emitter, "late.one", "late.two")
    adopt(settings(), port)
    intake.restore(backup)
    assert late.emitter not in intake.records
    assert adopt(settings(), port) == 1
    assert names(intake, late) == ["late.one", "late.two"]
    assert names(intake, early) == ["early.one"]
    before = len(intake.batches)
    assert adopt(settings(), port) == 0
    assert len(intake.batches) == before


def test_a_server_whose_files_were_put_back_gets_what_it_lacks(emitter, intake, port, settings):
    """A server that went back under its old name is noticed by whoever adopts for it."""
    backup = intake.backup()
    late = leave(emitter, "late.one")
    adopt(settings(), port)
    intake.restore(backup, log_id=intake.log_id)
    assert adopt(settings(), port) == 1
    assert names(intake, late) == ["late.one"]
    before = len(intake.batches)
    assert adopt(settings(), port) == 0
    assert len(intake.batches) == before


@pytest.mark.parametrize("renamed", [False, True])
def test_resending_that_was_broken_off_is_gone_on_with(
    emitter, intake, port, settings, home, renamed
):
    """Whoever goes the next round sends what an earlier one could not, to the last journal."""
    backup = intake.backup()
    journals = [leave(emitter, "lost.one") for _ in range(kept.SAMPLE + 15)]
    adopt(settings(), port)
    intake.restore(backup, log_id=None if renamed else intake.log_id)
    broken = adoption.make_round(Home(home), None, port, settings())
    sent = list(islice((journal for journal in broken if journal), kept.SAMPLE + 5))
    broken.close()
    assert len(intake.records) == len(sent) < len(journals)
    assert adopt(settings(), port) == 10
    assert {journal.emitter for journal in journals} == set(intake.records)


def test_a_journal_kept_last_may_be_of_an_old_process(emitter, intake, port, settings, monkeypatch):
    """That only an old process told something since the backup is noticed in one of the rounds."""
    old = leave(emitter, "old.one")
    held = Lock.take(old.lock)
    for _ in range(3 * kept.SAMPLE):
        leave(emitter, "short.one")
    adopt(settings(), port)
    backup = intake.backup()
    held.release()
    assert adopt(settings(), port) == 1
    intake.restore(backup, log_id=intake.log_id)
    monkeypatch.setattr(kept, "TURN", 1e-6)
    wait_until(lambda: adopt(settings(), port), what="the old journal to be compared")
    assert names(intake, old) == ["old.one"]


def test_a_living_process_resends_to_a_restored_server(emitter, intake):
    """Records that a process shipped before the server went back are sent again from its files."""
    told = emitter(api_url=intake.url)
    told.emit(event("first.one"))
    assert told.flush(60)
    backup = intake.backup()
    for n in range(10):
        told.emit(event(f"lost.n{n}"))
    assert told.flush(60)
    intake.restore(backup)
    told.emit(event("last.one"))
    assert told.flush(60)
    expected = ["first.one", *(f"lost.n{n}" for n in range(10)), "last.one"]
    assert names(intake, told._own.journal) == expected


def test_a_snapshot_of_the_same_log_is_noticed(emitter, intake):
    """Also a server that went back under its old name gets what earlier processes had sent."""
    backup = intake.backup()
    done = emitter(api_url=intake.url)
    done.emit(event("done.one"))
    done.close()
    told = emitter(api_url=intake.url)
    told.emit(event("living.one"))
    assert told.flush(60)
    wait_until((done._home.kept / str(done.id)).exists)
    intake.restore(backup, log_id=intake.log_id)
    told.emit(event("living.two"))
    assert told.flush(60)
    intake.wait_for(lambda i: i.committed.get(done.id) == 1)
    assert names(intake, told._own.journal) == ["living.one", "living.two"]


@pytest.mark.parametrize("option", [{"journal_keep_mb": 0.0}, {"journal_keep_hours": 0.0}])
def test_what_need_not_be_kept_is_removed(emitter, intake, port, settings, home, option):
    """Journals go once they are shipped and the settings keep none."""
    leave(emitter, "left.one")
    adopt(settings(**option), port)
    assert list((home / "kept").glob("[!.]*")) == []


def test_the_newest_are_kept(emitter, intake, port, settings, home):
    """Of more than fits, the oldest go first."""
    journals = [leave(emitter, f"left.n{n}") for n in range(4)]
    adopt(settings(), port)
    folders = [home / "kept" / str(journal.emitter) for journal in journals]
    for age, folder in enumerate(folders):
        for path in folder.iterdir():
            os.utime(path, (10**9 + age, 10**9 + age))
    one = sum(path.stat().st_blocks * 512 for path in folders[0].iterdir())
    (home / "kept" / ".pruned").unlink()
    adopt(settings(journal_keep_mb=2.5 * one / 2**20, journal_keep_hours=10**6), port)
    assert [folder.exists() for folder in folders] == [False, False, True, True]


def test_shipped_segments_of_a_living_process_go(emitter, intake):
    """A process that runs for long keeps no more of what is shipped than the settings say."""
    told = emitter(
        api_url=intake.url, journal_limit_mb=8 * 4096 / 2**20, journal_keep_mb=10 * 4096 / 2**20
    )
    for n in range(30):
        for _ in range(20):
            told.emit(event(f"orders.n{n}"))
        assert told.flush(60)
    told._way._shipper._rounds._next_tidy = 0.0
    told.emit(event("last.one"))
    folder = told._own.journal.folder
    wait_until(lambda: len(segments(folder)) <= 12)
    assert told.flush(60)
    assert len(intake.events()) == 601


def test_calls_under_way_are_told_once_however_often_it_is_adopted(emitter, intake, port, settings):
    """An adopter that is killed in the middle is followed by another, which finds what is told."""
    told = emitter()
    about = Resource(id="s3://lake")
    alike = Begun(name="peninsula.call.s3.read", about=about, type="s3", method="read")
    window = Window(alike)
    for number in range(5):
        begun = structs.replace(alike, id=uuid7(told.micros(), bytes([number] * 8)))
        slot = told.ledger.begin(begun, window)
        if number < 3:
            told.ledger.count(slot, window, Sample(5))
    told.ledger.forsake()
    told._own.close()
    journal = told._own.journal
    left = journal.calls.read_bytes()
    for _ in range(2):
        journal.calls.write_bytes(left)
        tape, writer = adoption._tape(journal)
        unsettled.settle(journal, tape)
        writer.close()
        assert not journal.calls.exists()
    assert adopt(settings(), port) == 1
    assert sorted(names(intake, journal)) == [
        "peninsula.call.s3.read.lost",
        "peninsula.call.s3.read.lost",
        "peninsula.call.s3.read.rolled-up",
    ]
