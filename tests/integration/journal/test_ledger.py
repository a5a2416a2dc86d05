"""The account of calls is exact wherever its process is killed: none is lost, none doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from peninsula.core import codec
from peninsula.core.calls import Begun, RollUp
from peninsula.core.events import Event, Resource
from peninsula.core.ids import uuid7
from peninsula.journal import sheet as sheets
from peninsula.journal import unsettled
from peninsula.journal.ledger import Ledger, Sample, Window
from peninsula.journal.sheet import COUNTERS, SLOTS, Sheet, read_sheet

NOW = 1_770_000_000_000_000


class Memory:
    """Keeps what a mapped file would hold, and looks at it after each store."""

    def __init__(self, look) -> None:
        self.content = bytearray(sheets._SIZE)
        self._look = look
        self.put(0, sheets._HEADER.pack(sheets._MAGIC, sheets._FORMAT, SLOTS, COUNTERS))

    def put(self, at: int, data: bytes) -> None:
        """Store, and look."""
        self.content[at : at + len(data)] = data
        self._look()

    def mark(self, at: int, state: int) -> None:
        """Store a state, and look."""
        self.put(at, sheets._STATE.pack(state))

    def close(self) -> None:
        """Keep it."""


class World:
    """A ledger that may be killed after each of its steps, and what an adopter would find then."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "calls"
        self.told: list[Event] = []
        self.begun = self.beginning = 0
        self.open: set[UUID] = set()
        self.checks = 0
        self.memory: Memory | None = None
        self.memory = Memory(self.look)
        self.entropy = 0
        self.ledger = Ledger(
            Sheet(self.memory), self.tell, emitter=self.new_id(), micros=lambda: NOW
        )

    def new_id(self) -> UUID:
        """Return another id."""
        self.entropy += 1
        return uuid7(NOW, self.entropy.to_bytes(8, "big"))

    def tell(self, event, **_) -> None:
        """Tell, as to the journal."""
        self.told.append(event)
        self.look()

    def look(self) -> None:
        """Be killed here: count what all events say, those of an adopter included."""
        if self.memory is None:
            return
        self.checks += 1
        self.file.write_bytes(self.memory.content)
        events = [*self.told, *self.adopted()]
        ids = [event.id for event in events]
        assert len(set(ids)) == len(ids)
        total = sum(map(number, events))
        assert self.begun - self.beginning <= total <= self.begun

    def adopted(self) -> list[Event]:
        """Return what an adopter would tell now."""
        slots, counters = read_sheet(self.file)
        told = {event.id for event in self.told}
        lost = unsettled._lost(slots, counters)
        events = [unsettled.lost_event(of, of.id, NOW, idle=idle) for of, idle in lost]
        events += [event for _, event in unsettled._counted(counters, told, NOW)]
        return [event for event in events if event.id not in told]

    def begin(self, window: Window):
        """Begin a call."""
        self.begun += 1
        self.beginning = 1
        slot = self.ledger.begin(begun(self.new_id()), window)
        self.beginning = 0
        return slot

    def end(self, slot) -> None:
        """End it as one that is told by itself, as a call does."""
        self.tell(single(slot.begun))
        self.ledger.end(slot)


def begun(id_: UUID | None, name: str = "read") -> Begun:
    """Return a call, or what is alike in all of one method."""
    about = Resource(id="s3://lake")
    return Begun(id=id_, name=f"peninsula.call.s3.{name}", about=about, type="s3", method=name)


def single(of: Begun) -> Event:
    """Return an event that tells of one call."""
    return unsettled.lost_event(of, of.id, NOW)


def number(event: Event) -> int:
    """How many calls an event tells of."""
    if not event.event.endswith("rolled-up"):
        return 1
    told = codec.decode(RollUp, event.payload)
    return told.calls + told.lost


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ledger that is looked at after each step."""
    world = World(tmp_path)
    yield world
    world.ledger.forsake()


def test_no_call_is_lost_or_doubled_wherever_it_is_killed(world, random):
    """Calls of three kinds begin and end at random, and are rolled up; each store is looked at."""
    windows = [Window(begun(None, f"read{n}")) for n in range(3)]
    under_way = []
    for _ in range(60):
        window = random.choice(windows)
        step = random.choices(["begin", "count", "end", "settle", "amend"], [5, 4, 1, 1, 1])[0]
        if step == "begin" or not under_way:
            under_way.append((world.begin(window), window))
        elif step == "settle":
            world.ledger.settle(window)
        elif step == "amend":
            slot, _ = random.choice(under_way)
            world.ledger.amend(slot, slot.begun, slot.like)
        else:
            slot, of = under_way.pop(random.randrange(len(under_way)))
            world.ledger.count(slot, of, Sample(5)) if step == "count" else world.end(slot)
    world.ledger.close(exiting=True)
    assert sum(map(number, world.told)) == world.begun
    assert world.checks > 100


def test_more_calls_at_once_than_slots_are_counted(world):
    """Those that find no slot are in the count of what did not return."""
    window = Window(begun(None))
    for _ in range(SLOTS + 5):
        world.begin(window)
    slots, counters = read_sheet(world.file)
    assert len(slots) == SLOTS
    assert [tally.under_way for _, tally in counters] == [5]


def test_a_call_takes_the_slot_of_one_that_waits_for_its_caller(world):
    """That one is counted meanwhile, and takes another's when it is at work again."""
    window = Window(begun(None))
    waiting = [world.begin(window) for _ in range(SLOTS)]
    for slot in waiting:
        world.ledger.rest(slot, idle=True)
    named = [world.begin(window)]
    [moved] = [slot for slot in waiting if slot.index < 0]
    world.ledger.rest(moved, idle=False)
    world.ledger.take_up(moved)
    named.append(moved)
    slots, counters = read_sheet(world.file)
    at_work = {filled.ticket for filled in slots if not filled.idle}
    assert at_work == {slot.ticket for slot in named}
    assert [tally.under_way for _, tally in counters] == [1]
    for slot in (*waiting, named[0]):
        world.ledger.count(slot, window, Sample(5))
    world.ledger.close()
    assert sum(map(number, world.told)) == SLOTS + 1


def test_more_kinds_than_counters_are_counted_together(world):
    """The last counter is that of all which found none; no call is missing from the sum."""
    for kind in range(COUNTERS + 5):
        window = Window(begun(None, f"read{kind}"))
        world.ledger.count(world.begin(window), window, Sample(5))
    world.ledger.tick()
    names = {event.event for event in world.told}
    assert len(names) == COUNTERS
    assert "peninsula.call.rolled-up" in names
    assert sum(map(number, world.told)) == COUNTERS + 5


def test_a_long_address_is_cut_in_the_slot_alone(world):
    """What is too long for a slot is told of as its system."""
    window = Window(begun(None))
    about = Resource(id="s3://lake/" + "x" * 1010)
    long = Begun(
        id=world.new_id(), name="peninsula.call.s3.read", about=about, type="s3", method="read"
    )
    world.begun += 1
    world.beginning = 1
    world.ledger.begin(long, window)
    [(_, body, _)], _ = read_sheet(world.file)
    assert codec.decode(Begun, body).about.id == "s3://lake"


def test_a_slot_says_whether_its_call_waits_for_its_caller(world):
    """Also when it says more exactly what it goes to; at work again, it does not."""
    window = Window(begun(None))
    slot = world.begin(window)
    for idle in (True, False, True):
        world.ledger.rest(slot, idle=idle)
        world.ledger.amend(slot, begun(slot.begun.id, "list"), window)
        [(ticket, _, found)], _ = read_sheet(world.file)
        assert (ticket, found) == (slot.ticket, idle)


def test_a_torn_file_says_what_is_whole(world):
    """Half a file, as of a full disk, costs what is not in it and nothing else."""
    window = Window(begun(None))
    world.begin(window)
    world.file.write_bytes(world.memory.content[:300_000])
    slots, counters = read_sheet(world.file)
    assert (len(slots), counters) == (1, [])
    world.file.write_bytes(b"something else")
    assert read_sheet(world.file) == ([], [])
