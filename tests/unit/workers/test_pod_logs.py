"""Lines of containers, as records."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from uuid import UUID

import msgspec
import pytest

from peninsula.core import codec
from peninsula.core.errors import InvalidError, TooLargeError, UnavailableError
from peninsula.core.printed import is_marked, marked
from peninsula.kube.answers import refused
from peninsula.workers.kubernetes import pod_logs
from peninsula.workers.kubernetes.bringing import Bringer, Source
from peninsula.workers.kubernetes.pod_logs import PodLog, parsed
from peninsula.workers.kubernetes.telling import Teller
from tests.unit.workers import recorded

RUN = UUID("0198a000-0000-7000-8000-000000000001")
SOURCE = Source("pod", "uid-1", "flow", 0, "node1", RUN, RUN)


def lines(*texts: str):
    """Return lines of one second, a µs apart."""
    return [parsed(f"2026-11-23T01:24:24.{n:06}123Z {text}") for n, text in enumerate(texts)]


def records(*texts: str):
    """Return the batches of these lines, with their records."""
    server = Away()
    asyncio.run(bringer(server).bring(lines(*texts)))
    return [(batch, codec.decode_record(msgspec.Raw(batch.records[0]))) for batch in server.batches]


def bringer(server=None, said=None) -> Bringer:
    """Return what brings the lines of that source, and says what it has to say to a list."""
    return Bringer(SOURCE, server, ([] if said is None else said).append)


def test_a_time_is_known_to_the_nanosecond():
    """Whatever number of digits it has."""
    assert parsed("1970-01-01T00:00:01.000000123Z a b").at == 1_000_000_123
    assert parsed("1970-01-01T00:00:01.5Z a b").at == 1_500_000_000
    assert parsed("1970-01-01T00:00:01Z a b").text == "a b"
    assert parsed("failed to try resolving symlinks") is None


def test_the_number_of_a_record_is_the_time_of_its_last_line():
    """So whoever goes on knows from where."""
    [(batch, record)] = records("one", "two")
    assert batch.first == record.number == lines("one", "two")[-1].at
    assert batch.lost_before == batch.first - 1
    assert [line.message for line in record.lines] == ["one", "two"]
    assert record.lines[0].logger == "peninsula.pod.flow"


class Marked:
    """Stands for a cluster: the log of a container whose process tells some of it."""

    async def log(self, *_: str, **__: object):
        """Give what it has printed, and what it has logged."""
        shown = marked("02:13:00 ERROR it failed\nTraceback").split("\n")
        assert all(map(is_marked, shown))
        for line in ("printed", *shown, "printed too"):
            yield f"2026-11-23T01:24:24.2Z {line}"


def test_what_the_engine_has_told_is_left_out():
    """Each line of it, also of a traceback."""
    server = Away()
    log = PodLog(Marked(), "etl", bringer(server), lambda: True, lambda: True, None)
    asyncio.run(log.run())
    assert [line for batch in server.batches for line in printed(batch)] == [
        "printed", "printed too",
    ]  # fmt: skip


def test_a_life_of_a_container_has_one_emitter():
    """Whoever tells of it; another restart is another one."""
    assert SOURCE.emitter == Source(*SOURCE).emitter
    assert SOURCE.emitter != SOURCE._replace(restart=1).emitter


def test_very_many_lines_come_in_several_batches():
    """Each no larger than a record may be."""
    found = records(*("x" * 1000 for _ in range(3000)))
    assert len(found) > 1
    numbers = [batch.first for batch, _ in found]
    assert numbers == sorted(numbers)
    assert sum(len(record.lines) for _, record in found) == 3000
    assert found[0][1].lines[0].level == logging.INFO


def printed(batch) -> list[str]:
    """Return the lines of a batch."""
    record = codec.decode_record(msgspec.Raw(batch.records[0]))
    return [line.message for line in record.lines]


class Printed:
    """Stands for a cluster: the log of a container."""

    async def log(self, *_: str, since: str | None):
        """Give two lines, of which the later one has the earlier time."""
        assert since is None
        yield "2026-11-23T01:24:24.2Z to stderr"
        yield "2026-11-23T01:24:24.1Z to stdout"


def test_a_line_with_an_earlier_time_than_the_one_before_is_kept():
    """Two streams of a container are written by two, and numbers of records go up."""
    log = PodLog(Printed(), "etl", bringer(), lambda: True, lambda: True, None)
    asyncio.run(log._read())
    assert [line.text for line in log._lines] == ["to stderr", "to stdout"]
    assert log._lines[0].at < log._lines[1].at


class Talkative:
    """Stands for a cluster: a container that prints more than is to be held."""

    def __init__(self) -> None:
        self.given = 0

    async def log(self, *_: str, **__: object):
        """Give eight lines, of which three are as much as is held."""
        for number in range(8):
            self.given += 1
            yield f"2026-11-23T01:24:24.{number}Z {number}{'x' * (pod_logs.HELD // 3)}"


def test_what_is_printed_waits_with_kubernetes_while_the_server_takes_nothing(monkeypatch):
    """A worker whose server is away for long does not grow by all that its pods print."""
    monkeypatch.setattr(pod_logs, "HELD", 3_000)
    monkeypatch.setattr(pod_logs, "PAUSE", 0)

    async def story():
        cluster, server = Talkative(), Busy()
        log = PodLog(cluster, "etl", bringer(server), lambda: True, lambda: True, None)
        running = asyncio.create_task(log.run())
        await asyncio.wait_for(server.is_asked.wait(), 30)
        await asyncio.sleep(0)  # the reader goes on as far as it can
        held = cluster.given
        server.answers.set()
        await asyncio.wait_for(running, 30)
        return held, [line[0] for batch in server.batches for line in printed(batch)]

    held, brought = asyncio.run(story())
    assert held <= 6  # three that are on their way, and three that are read
    assert brought == list("01234567")


class BreakingOff(Printed):
    """Breaks off after each line at first, in the middle of what is of one second."""

    def __init__(self) -> None:
        self.given = 0

    async def log(self, *_: str, since: str | None = None):
        """Give one more than before."""
        assert since == "2026-11-23T01:24:24Z" or not self.given
        self.given += 1
        lines = (".2Z to stderr", ".1Z to stdout", ".1Z to stdout", ".3Z the end")
        for line in lines[: self.given]:
            yield f"2026-11-23T01:24:24{line}"
        if self.given <= len(lines):
            raise UnavailableError("It is away.")


@pytest.mark.parametrize("told", [0, 3])
def test_a_log_that_breaks_off_goes_on_where_it_was(monkeypatch, told):
    """Whatever times its lines have, and whoever told some of them; each comes once."""
    monkeypatch.setattr(pod_logs, "AGAIN", 0.0)
    before = parsed("2026-11-23T01:24:24.2Z to stderr").at + 2 if told else 0
    server = Away(committed=before)
    log = PodLog(BreakingOff(), "etl", bringer(server), lambda: True, lambda: True, None)
    asyncio.run(log.run())
    lines = [line for batch in server.batches for line in printed(batch)]
    assert lines == ["to stderr", "to stdout", "to stdout", "the end"][told:]
    numbers = [batch.first for batch in server.batches]
    assert numbers == sorted(set(numbers))


class Refusing(Printed):
    """Gives it only after so many questions."""

    def __init__(self, times: int) -> None:
        self.asked, self.times = 0, times

    async def log(self, *arguments: str, since: str | None = None):
        """Refuse it at first."""
        self.asked += 1
        if self.asked <= self.times:
            raise refused(403, b"pods/log is forbidden")
        async for line in super().log(*arguments, since=since):
            yield line


def test_a_log_that_may_not_be_read_is_said_so_once(monkeypatch):
    """And asked for again, as roles are changed."""
    monkeypatch.setattr(pod_logs, "REFUSED", 0.0)
    told = []
    log = PodLog(Refusing(2), "etl", bringer(), lambda: True, lambda: False, told.append)
    asyncio.run(log._read_on())
    assert [problem.message for problem in told] == [
        "Kubernetes answered 403: pods/log is forbidden"
    ]
    assert [line.text for line in log._lines] == ["to stderr", "to stdout"]


def test_a_log_that_may_not_be_read_is_let_go_with_its_pod(monkeypatch):
    """Who is not let read it is not told that it is gone."""
    monkeypatch.setattr(pod_logs, "REFUSED", 0.0)
    refusing = Refusing(10)
    gone = iter([False, False, True])
    log = PodLog(refusing, "etl", bringer(), lambda: True, lambda: next(gone), [].append)
    asyncio.run(log._read_on())
    assert refusing.asked == 3


class Away:
    """Stands for a server that is away at first: knows a run, and takes what is printed."""

    def __init__(self, committed: int = 0) -> None:
        self.asked, self.known = 0, committed
        self.batches = []
        self.full = asyncio.Event()

    async def run(self, run: UUID):
        """Return it at the second question."""
        self.asked += 1
        if self.asked == 1:
            raise UnavailableError("The server is away.")
        return SimpleNamespace(id=run, root=run)

    async def committed(self, _: UUID) -> int:
        """What is there."""
        return self.known

    async def take(self, batch) -> None:
        """Keep it."""
        self.batches.append(batch)
        self.full.set()


class Busy(Away):
    """Takes nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.answers = asyncio.Event(), asyncio.Event()

    async def take(self, batch) -> None:
        """Wait, and keep it."""
        self.is_asked.set()
        await self.answers.wait()
        await super().take(batch)


def test_what_is_printed_while_the_server_is_away_is_kept():
    """From the first line on."""

    async def story():
        server = Away()
        teller = Teller(server, Printed(), "etl", server, None)
        teller.printed(recorded.BELONGING, recorded.pod(), "flow", 0)
        await asyncio.wait_for(server.full.wait(), 30)
        [reading] = teller._reading.values()
        await asyncio.wait_for(reading, 30)
        assert not teller._reading  # what is over is let go
        return server.batches

    [batch] = asyncio.run(story())
    assert printed(batch) == ["to stderr", "to stdout"]


class Narrow(Away):
    """Takes batches up to so many bytes, and none at first; of one word it wants nothing."""

    def __init__(self, most: int, closed: int = 0) -> None:
        super().__init__()
        self.most, self.closed = most, closed

    async def take(self, batch) -> None:
        """Refuse what is too large."""
        self.asked += 1
        if self.asked <= self.closed or sum(len(bytes(each)) for each in batch.records) > self.most:
            raise TooLargeError("The proxy takes less.")
        if any(b"bad" in bytes(each) for each in batch.records):
            raise InvalidError("It is bad.")
        if batch.records:
            await super().take(batch)
        self.known = max(self.known, batch.lost_before)


def test_what_is_refused_for_good_is_halved_and_cut_and_holds_nothing_up():
    """It is said once; whoever goes on does not send it again."""
    server, said = Narrow(2_000), []
    texts = ["one", "x" * 5_000, "bad", *("y" * 500 for _ in range(9)), "the end", "bad too"]
    log = bringer(server, said)
    asyncio.run(log.bring(lines(*texts)))
    [one, cut, *others] = [line for batch in server.batches for line in printed(batch)]
    assert (one, others) == ("one", ["y" * 500] * 9 + ["the end"])
    assert cut.startswith("xxx")
    assert cut.endswith("(cut here: the line has 5000 bytes)")
    assert said == ["The server refuses some of what is printed: It is bad."]
    numbers = [batch.first for batch in server.batches]
    assert numbers == sorted(set(numbers))
    assert server.known == lines(*texts)[-1].at


def test_a_server_that_refuses_everything_is_waited_for():
    """Nothing is let go then."""
    server, said = Narrow(2_000, closed=4), []
    asyncio.run(bringer(server, said).bring(lines("one", "two")))
    assert [line for batch in server.batches for line in printed(batch)] == ["one", "two"]
    assert said == ["The server refuses some of what is printed: The proxy takes less."]
