"""Commands reach the run they are for, once, and the call for them renews the lease."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from uuid import UUID, uuid4

import pytest

from peninsula.core.records import Command
from peninsula.journal import control
from tests.support.intake import Fault
from tests.support.make import event

PATIENCE = 60


def command(run: UUID, action: str = "cancel") -> Command:
    """Return a command for that run."""
    return Command(id=uuid4(), run=run, action=action)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Make the first call at once."""
    monkeypatch.setattr(control, "FIRST_CALL", 0.0)


def test_a_command_reaches_its_run(emitter, intake):
    """The callback of the run that a command names gets it, and the server hears of that."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    run, heard = uuid4(), SimpleQueue()
    told.on_command(uuid4(), lambda _: pytest.fail("This is another run."))
    told.on_command(run, heard.put)
    sent = command(run)
    intake.command(sent)
    assert heard.get(timeout=PATIENCE) == sent
    intake.wait_for(lambda i: sent.id in i.polls[-1].acknowledged)


def test_a_command_that_came_before_its_run(emitter, intake):
    """A command that arrives before the run is known here waits for it."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    told.on_command(uuid4(), print)
    run, heard = uuid4(), SimpleQueue()
    sent = command(run)
    intake.command(sent)
    intake.wait_for(lambda i: i.polls and sent.id in i.polls[-1].acknowledged)
    told.on_command(run, heard.put)
    assert heard.get(timeout=PATIENCE) == sent


def test_a_command_is_given_once(emitter, intake):
    """A command that the server repeats, as its acknowledgement was lost, is given once."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    run, heard = uuid4(), SimpleQueue()
    intake.fail(Fault.LOST_ANSWER, "/api/control", times=1)
    told.on_command(run, heard.put)
    first, second = command(run), command(run, "pause")
    intake.command(first)
    assert heard.get(timeout=PATIENCE) == first
    intake.fail(Fault.RESET, "/api/control", times=2)
    intake.command(second)
    assert heard.get(timeout=PATIENCE) == second
    intake.wait_for(lambda i: second.id in i.polls[-1].acknowledged)
    assert heard.empty()


def test_a_callback_that_fails_does_not_end_the_calls(emitter, intake, caplog):
    """An error in a callback is logged, and the next command still arrives."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    run, heard = uuid4(), SimpleQueue()

    def callback(got: Command) -> None:
        if got.action == "pause":
            raise ValueError(got.action)
        heard.put(got)

    told.on_command(run, callback)
    intake.command(command(run, "pause"))
    intake.command(command(run))
    assert heard.get(timeout=PATIENCE).action == "cancel"
    assert "was not carried out" in caplog.text


def test_no_runs_no_calls(emitter, intake):
    """A process without runs makes no call, and makes none any more when its last run is over."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    assert told.flush(60)
    assert "/api/control" not in intake.requests
    run, heard = uuid4(), SimpleQueue()
    told.on_command(run, heard.put)
    intake.wait_for(lambda i: i.polls)
    thread = told._way._control._thread
    told.off_command(run)
    intake.command(command(run))  # ends the call that is open
    thread.join(PATIENCE)
    assert not thread.is_alive()
    told.on_command(run, heard.put)
    assert heard.get(timeout=PATIENCE).run == run


def test_a_closing_process_does_not_wait_for_the_call(emitter, intake):
    """The call that is held open ends with the process, at once."""
    told = emitter(api_url=intake.url)
    told.emit(event())
    told.on_command(uuid4(), print)
    intake.wait_for(lambda i: i.polls)
    thread = told._way._control._thread
    closing = threading.Thread(target=told.close)
    closing.start()
    closing.join(5)
    thread.join(5)
    assert not closing.is_alive()
    assert not thread.is_alive()


def test_without_a_server_there_is_no_thread(emitter):
    """A run of a process without a server registers, and nothing is called."""
    told = emitter()
    told.emit(event())
    told.on_command(uuid4(), print)
    assert told._way._control is None
    told.off_command(uuid4())
    told.close()


def test_stamps_of_the_server_are_observed(emitter, intake, monkeypatch):
    """What is told after an answer comes after what the server had seen by then."""
    told = emitter(api_url=intake.url)
    far = emitter(api_url=intake.url)
    far.observe(far.stamp() + 3_600 * 10**6)
    far.emit(event("far.one"))
    assert far.flush(60)
    later = max(record.stamp for record in intake.all_records(far.id))
    told.emit(event())
    assert told.flush(60)
    told._tape.observe(later)
    told.emit(event("after.one"))
    assert told.flush(60)
    assert intake.all_records(told.id)[-1].stamp > later
