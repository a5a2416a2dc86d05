"""Forks, pools, exits and signals: every process tells what it told, once."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest

from peninsula.client.destination import Destination
from peninsula.client.port import Port
from peninsula.core import codec
from peninsula.journal.adopt import adopt, read_batches
from peninsula.journal.journal import Journal
from tests.support.intake import Fault, Intake
from tests.support.processes import python
from tests.support.soak import rounds
from tests.support.telling import told

ROOT = Path(__file__).parents[3]


@pytest.fixture
def script(tmp_path, home):
    """Start Python code that may `tell`; its home is the test's."""
    with ExitStack() as stack:

        def start(code: str, *arguments: str, **env: str):
            path = tmp_path / f"script_{len(list(tmp_path.glob('script_*')))}.py"
            path.write_text(f"from tests.support.telling import tell\n{code}")
            variables = {"PENINSULA_HOME": str(home), "PYTHONPATH": str(ROOT), **env}
            return stack.enter_context(python(path, *arguments, env=variables))

        yield start


def names_in(home: Path) -> list[str]:
    """Return the events of all journals of a home; check their numbers."""
    names = []
    for folder in (home / "journal").iterdir():
        journal = Journal.open(folder)
        number = 0
        for parcel in read_batches(journal):
            for body in parcel.bodies:
                number += 1
                record = codec.decode_record(body)
                assert record.number == number
                names.append(record.event.event)
    return names


def deliver(intake: Intake, settings) -> None:
    """Bring what lies in the home to the intake, as a server does for its own."""
    found = Destination(url=intake.url, key=None, local=True)
    port = Port(lambda: found, 5.0)
    adopt(settings(), port)
    port.leave()


def names(intake: Intake) -> list[str]:
    """Return the names of the events in the log."""
    return [each.event for each in intake.events()]


# --- forks ---------------------------------------------------------------------------------------


FORK = """
import os, sys
tell("parent.before")
if os.fork() == 0:
    tell("child.one")
    os._exit(0)
os.wait()
tell("parent.after")
"""


def test_a_fork_tells_its_own(script, home, settings, intake):
    """A child has an emitter and a journal of its own, and so has its parent still."""
    program = script(FORK)
    expected = told(program.succeed())
    assert len(expected) == 3
    assert sorted(names_in(home)) == sorted(expected)
    assert len(list((home / "journal").iterdir())) == 2
    deliver(intake, settings)
    assert sorted(names(intake)) == sorted(expected)


def test_a_fork_does_not_use_its_parents_connection(script, intake):
    """Parent and child of a fork ship side by side, each over its own connection."""
    code = """
import os
from peninsula.journal.emitter import current
tell("parent.before")
assert current().flush(60)
if os.fork() == 0:
    tell("child.one")
    assert current().flush(60)
    os._exit(0)
os.wait()
tell("parent.after")
assert current().flush(60)
"""
    program = script(code, PENINSULA_API_URL=intake.url)
    program.succeed()
    assert sorted(names(intake)) == ["child.one", "parent.after", "parent.before"]


def test_a_fork_while_the_way_to_the_server_is_loaded(script, intake):
    """A child may import what the thread that ships was just importing, and ships itself."""
    code = """
import os
tell("parent.one")
for child in range(10):
    if os.fork() == 0:
        import encodings.idna, urllib.request
        tell(f"child.c{child}")
        from peninsula.journal.emitter import current
        assert current().flush(60)
        os._exit(0)
for child in range(10):
    assert os.wait()[1] == 0
"""
    program = script(code, PENINSULA_API_URL=intake.url)
    assert sorted(told(program.succeed())) == sorted(names(intake))


def test_a_fork_waits_for_what_our_threads_import(script, tmp_path):
    """Whatever it is: in the child, nobody would bring the import to its end."""
    (tmp_path / "slow.py").write_text("""
import __main__
__main__.began.set()
__main__.forks.wait()
for _ in range(1_000_000):
    pass
""")
    code = """
import os, sys, threading
from pathlib import Path
from peninsula.journal.forking import OURS
sys.path.insert(0, str(Path(__file__).parent))
began, forks = threading.Event(), threading.Event()
os.register_at_fork(before=forks.set)
thread = threading.Thread(target=lambda: __import__("slow"), name=f"{OURS}test")
thread.start()
began.wait()
if os.fork() == 0:
    import slow
    threading.Thread(target=lambda: __import__("wave")).start()
    sys.exit()
assert os.wait()[1] == 0
thread.join()
"""
    script(code).succeed()


def test_a_fork_waits_for_types_that_our_threads_learn(script):
    """A type is learned when it is first decoded; with half of that, the child would crash."""
    code = """
import os, threading
import msgspec
from peninsula.journal.forking import OURS
began, forks = threading.Event(), threading.Event()
os.register_at_fork(before=forks.set)

def slow():
    began.set()
    forks.wait()
    for _ in range(1_000_000):
        pass
    return int

class Inner(msgspec.Struct):
    number: "slow()"

class Outer(msgspec.Struct):
    inner: Inner
    text: str

def decode():
    msgspec.json.decode(b'{"inner": {"number": 1}, "text": "a"}', type=Outer)

thread = threading.Thread(target=decode, name=f"{OURS}test")
thread.start()
began.wait()
if os.fork() == 0:
    decode()
    os._exit(0)
assert os.wait()[1] == 0
thread.join()
"""
    script(code).succeed()


def test_an_object_from_before_the_fork_tells_for_the_child(script, home):
    """Whoever holds the parent's emitter in a child does not write into the parent's journal."""
    code = """
import os
from peninsula.journal import emitter
before = emitter.current()
tell("parent.one")
if os.fork() == 0:
    emitter.current = lambda: before
    tell("child.one")
    before.close()
    os._exit(0)
os.wait()
tell("parent.two")
"""
    program = script(code)
    assert Counter(names_in_after(program, home)) == Counter(told(program.output))
    assert len(list((home / "journal").iterdir())) == 2


def names_in_after(program, home: Path) -> list[str]:
    """Wait for the program and return what is in the journals."""
    program.succeed()
    return names_in(home)


def test_a_childs_life_is_not_its_parents(script, home, settings, intake):
    """A journal is left behind when its process is killed, though a forked child lives on."""
    code = """
import os, signal
tell("parent.one")
if os.fork() == 0:
    os.write(1, b"forked\\n")
    signal.pause()
signal.pause()
"""
    program = script(code)
    program.wait_for_line("forked")
    program.kill()
    deliver(intake, settings)
    assert names(intake) == ["parent.one"]
    assert intake.batches[-1].adopted


def test_forks_while_threads_tell(script, home):
    """Children that are forked while other threads emit write whole journals of their own."""
    code = """
import os, threading
stop = threading.Event()
def work(place):
    n = 0
    while not stop.is_set():
        tell(f"thread.t{place}-{n}")
        n += 1
threads = [threading.Thread(target=work, args=(p,)) for p in range(3)]
for thread in threads:
    thread.start()
for child in range(20):
    if os.fork() == 0:
        for n in range(5):
            tell(f"child.c{child}-{n}")
        os._exit(0)
for child in range(20):
    os.wait()
stop.set()
for thread in threads:
    thread.join()
"""
    program = script(code)
    there = Counter(names_in_after(program, home))
    assert there == Counter(told(program.output))
    assert sum(name.startswith("child.") for name in there) == 100
    assert len(list((home / "journal").iterdir())) == 21


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("served", [False, True], ids=["alone", "served"])
def test_multiprocessing(script, home, intake, settings, method, served):
    """Children of every start method tell what they do, by hand and from a pool."""
    code = f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def work(n):
    tell(f"child.n{{n}}")
    return n

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    tell("parent.one")
    process = context.Process(target=work, args=(100,))
    process.start()
    process.join()
    assert process.exitcode == 0
    with context.Pool(2) as pool:
        pool.map(work, range(10))
        pool.close()
        pool.join()
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(work, range(10, 20)))
    tell("parent.two")
"""
    env = {"PENINSULA_API_URL": intake.url} if served else {}
    program = script(code, **env)
    expected = sorted(told(program.succeed(60)))
    assert len(expected) == 23
    if not served:
        deliver(intake, settings)
    assert sorted(names(intake)) == expected


def test_children_that_were_killed(script, intake):
    """A process adopts at its exit what its own children left: its disk may go with it."""
    code = """
import os, signal
tell("parent.one")
from peninsula.journal.emitter import current
assert current().flush(60)
if os.fork() == 0:
    tell("child.one")
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
"""
    program = script(code, PENINSULA_API_URL=intake.url)
    program.succeed()
    assert sorted(names(intake)) == ["child.one", "parent.one"]


# --- exits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        ("raise ValueError('no')", 1),
        ("import os; os._exit(4)", 4),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT),
    ],
)
def test_however_it_ends(script, home, end, code):
    """The exit code is the program's own, and what it told is in the journal."""
    program = script(f"tell('first.one')\ntell('last.one')\n{end}\n")
    assert program.wait() == code
    assert names_in(home) == ["first.one", "last.one"]


def test_an_exit_ships_the_rest(script, intake):
    """A program that just ends has shipped everything, also what it told at the very end."""
    code = """
import atexit
from peninsula.journal.emitter import current
current()
atexit.register(tell, "exit.one")
for n in range(1000):
    tell(f"orders.n{n}")
"""
    program = script(code, PENINSULA_API_URL=intake.url)
    assert told(program.succeed()) == names(intake)
    assert intake.batches[-1].closing


def test_an_exit_with_a_dead_server_is_quick_and_loses_nothing(script, home, settings, intake):
    """Where nothing listens, an exit waits for nothing, and the journal has everything."""
    port = intake.port
    intake.close()
    code = """
import atexit, time
tell("first.one")
began = time.monotonic()
atexit.register(lambda: print("exit", time.monotonic() - began))
from peninsula.journal import emitter
atexit.unregister(emitter._exit); atexit.register(emitter._exit)
"""
    program = script(code, PENINSULA_API_URL=f"http://127.0.0.1:{port}")
    program.succeed()
    [line] = [line for line in program.lines if line.startswith("exit ")]
    assert float(line.removeprefix("exit ")) < 3, "below exit_timeout"
    assert names_in(home) == ["first.one"]


def test_an_exit_waits_for_a_server_that_restarts(script, intake):
    """A server that took records, and is away at the exit for a moment, has all of them."""
    code = """
import signal
from peninsula.journal.emitter import current
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
tell("first.one")
assert current().flush(60)
print("ready", flush=True)
signal.sigwait({signal.SIGUSR1})
tell("last.one")
"""
    program = script(code, PENINSULA_API_URL=intake.url, PENINSULA_EXIT_TIMEOUT="60")
    program.wait_for_line("ready")
    intake.close()
    program.signal(signal.SIGUSR1)
    program.wait_for_line("does not take events")
    with Intake(port=intake.port) as back:
        back.restore(intake.backup(), log_id=intake.log_id)
        program.succeed()
        assert names(back) == ["first.one", "last.one"]


def test_threads_that_are_still_telling_at_the_end(script, home, intake):
    """Daemon threads that emit while the interpreter shuts down tear nothing."""
    code = """
import threading
def work(place):
    n = 0
    while True:
        tell(f"thread.t{place}-{n}")
        n += 1
for place in range(3):
    threading.Thread(target=work, args=(place,), daemon=True).start()
while True:
    tell("main.one", 10)
    break
import time
from peninsula.journal.emitter import current
while current()._tape.last < 500:
    pass
"""
    program = script(code, PENINSULA_API_URL=intake.url)
    program.succeed()
    expected = Counter(told(program.output))
    # The last name of a thread may not have been written any more.
    there = Counter(names_in(home))
    assert max(there.values()) == 1
    assert not expected - there
    assert sum((there - expected).values()) <= 3


# --- signals -------------------------------------------------------------------------------------


STORM = """
import os, random, signal, sys
random.seed(int(sys.argv[1]))
inside = 0
def handle(number, frame):
    global inside
    if inside < 3 and random.random() < 0.3:
        inside += 1
        try:
            tell(f"signal.n{next(numbers)}", random.randrange(3000))
        finally:
            inside -= 1
    if random.random() < 0.5 and is_telling(frame):
        raise KeyboardInterrupt
def tell_on():
    global n
    n += 1
    tell(f"main.n{n}", random.randrange(3000))
def is_telling(frame):
    while frame is not None:
        if frame.f_code is tell_on.__code__:
            return True
        frame = frame.f_back
    return False
import itertools
numbers = itertools.count()
tell("first.one")
signal.signal(signal.SIGALRM, handle)
n = 0
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
while n < 3000:
    try:
        while n < 3000:
            tell_on()
    except KeyboardInterrupt:
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
tell("last.one")
os.write(1, b"done\\n")
"""


@pytest.mark.parametrize("served", [False, True], ids=["alone", "served"])
def test_a_storm_of_signals(script, home, intake, random, served):
    """Handlers that emit, that raise and that do both, at any moment, lose and double nothing."""
    for _ in range(rounds(2, soak=100)):
        env = {"PENINSULA_API_URL": intake.url} if served else {}
        program = script(STORM, str(random.getrandbits(32)), **env)
        expected = Counter(told(program.succeed(60)))
        assert "done" in program.lines
        assert expected["last.one"] == 1
        there = Counter(names_in(home))
        assert not expected - there, "something that was told is missing"
        assert max(there.values()) == 1
        if served:
            assert Counter(names(intake)) == there
        for folder in (home / "journal").iterdir():
            emptied = intake.records.pop(UUID(folder.name), None)
            assert not served or emptied
            folder.rename(home / folder.name)


# --- many ----------------------------------------------------------------------------------------


def test_asyncio(script, home):
    """Tasks of an event loop emit from wherever they are."""
    code = """
import asyncio
async def work(place):
    for n in range(50):
        tell(f"task.t{place}-{n}")
        await asyncio.sleep(0)
    await asyncio.to_thread(tell, f"task.t{place}-thread")
async def main():
    await asyncio.gather(*(work(place) for place in range(10)))
asyncio.run(main())
"""
    program = script(code)
    assert sorted(names_in_after(program, home)) == sorted(told(program.output))
    assert len(told(program.output)) == 510


def test_fifty_processes_at_once(script, home, intake):
    """Fifty processes that start, tell and end together lose nothing, while the server fails."""
    code = "import sys\nfor n in range(50): tell(f'process.p{sys.argv[1]}-{n}')\n"
    answers = iter(range(10**9))
    intake.faults = lambda _path, _count: [
        None,
        Fault.ERROR,
        Fault.RESET,
        Fault.LOST_ANSWER,
        None,
        None,
    ][next(answers) % 6]
    programs = [
        script(code, str(place), PENINSULA_API_URL=intake.url)
        for place in range(rounds(20, soak=50))
    ]
    expected = Counter(name for program in programs for name in told(program.succeed(100)))
    intake.recover()
    last = script(
        "tell('last.one')\nfrom peninsula.journal.emitter import current\n"
        "import signal; signal.pause()",
        PENINSULA_API_URL=intake.url,
    )
    intake.wait_for(lambda i: Counter(names(i)) == expected + Counter(["last.one"]), 60)
    last.kill()
