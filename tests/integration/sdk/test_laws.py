"""Laws of runs, on programs and values made by chance: cache keys, parameters, edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any

import pytest

from peninsula import flow, task
from tests.support.chance import value_of
from tests.support.soak import rounds

# --- cache keys ----------------------------------------------------------------------------------

KEYS = """
    import os
    from random import Random
    from peninsula import flow, task
    from peninsula.cache_policies import INPUTS, TASK_SOURCE
    from tests.support.chance import value_of

    @task(cache_policy=INPUTS + TASK_SOURCE, refresh_cache=True)
    def take(value):
        return 1

    @flow
    def keys():
        random = Random(os.environ["SEED"])
        values = [value_of(random) for _ in range(int(os.environ["COUNT"]))]
        return [take(value, return_state=True).details["cache_key"] for value in values]

    print("keys", *keys())
"""


def test_cache_keys_are_those_of_another_process(run_script, random: Random, monkeypatch):
    """Whatever the hash seed is, and so the order in which sets give what they hold."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    more = {"SEED": str(random.getrandbits(32)), "COUNT": str(rounds(100, soak=2_000))}
    found = {
        run_script(dedent(KEYS), env={"PYTHONHASHSEED": seed, **more}).wait_for_line("keys ")
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


# --- parameters ----------------------------------------------------------------------------------


@task
def echo(value):
    """Return what was given."""
    return value


@flow
def echoes(values):
    """Submit each of them."""
    return [future.result() for future in [echo.submit(value) for value in values]]


def test_submitted_parameters_are_the_objects_themselves(random: Random):
    """On threads nothing is copied."""
    values = [value_of(random) for _ in range(rounds(100, soak=2_000))]
    assert all(here is there for here, there in zip(values, echoes(values), strict=True))


def test_parameters_and_results_come_whole_through_processes(processes, random: Random):
    """Equal, and of the same types, there and back."""
    values = [value_of(random) for _ in range(rounds(100, soak=2_000))]
    found = echoes.with_options(task_runner=processes)(values)
    assert found == values
    assert list(map(repr_of, found)) == list(map(repr_of, values))


def repr_of(value: Any) -> str:
    """Return a text that tells types apart, and orders of sets not."""
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}{sorted(map(repr_of, value))}"
    if isinstance(value, dict):
        return f"dict{[(repr_of(key), repr_of(item)) for key, item in value.items()]}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}{list(map(repr_of, value))}"
    return repr(value)


# --- edges ---------------------------------------------------------------------------------------


class Thing:
    """An object of a user's."""


FRESH = {
    "list": lambda: [1],
    "dict": lambda: {"a": 1},
    "set": lambda: {1},
    "thing": Thing,
    "number": lambda: 1,
    "text": lambda: "a",
}
SHARED = {"number", "text"}
"""Values that a program shares by itself: they are never known again."""


@dataclass(eq=False)
class Known:
    """What the oracle knows of a value: the runs that returned it, and what is in it."""

    shared: bool = False
    parts: list[Known] = field(default_factory=list)
    makers: set[str] = field(default_factory=set)

    def is_returned_by(self, run: str) -> None:
        """Note the run, also for the elements: `a, b = pair()`."""
        for each in [self, *self.parts]:
            each.makers.add(run)

    def runs(self) -> set[str]:
        """Return the runs on which one that takes this may truly depend."""
        inner = [part.runs() for part in self.parts]
        return set().union(set() if self.shared else self.makers, *inner)


@task(task_run_name="{name}")
def work(name, does, kind, *given):
    """Make a value, return the first that was given, or all of them."""
    return {"make": FRESH[kind], "pass": lambda: given[0], "pair": lambda: given}[does]()


class Program:
    """A flow's variables, values or futures, each with what the oracle knows of it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.variables: list[tuple[Any, Known, set[str]]] = []
        self.steps = 0
        self.least: dict[str, set[str]] = {}
        """By run, those whose futures it was given."""
        self.most: dict[str, set[str]] = {}
        """By run, those that it may truly depend on."""

    def step(self) -> None:
        """Drop a variable, make an equal value by hand, or run a task with some of them."""
        random = self.random
        chance = random.random()
        if chance < 0.2 and self.variables:
            self.variables.pop(random.randrange(len(self.variables)))
        elif chance < 0.3:
            kind = random.choice(list(FRESH))
            self.variables.append((FRESH[kind](), Known(kind in SHARED), set()))
        else:
            self.run()

    def run(self) -> None:
        """Call or submit the task, and note what may and what must be seen of it."""
        random, name = self.random, f"r{self.steps}"
        self.steps += 1
        given = random.choices(self.variables, k=random.randint(0, 3)) if self.variables else []
        does = random.choice(["make", "pass", "pair"] if given else ["make"])
        kind = random.choice(list(FRESH))
        self.least[name] = set().union(*(future for _, _, future in given))
        self.most[name] = set().union(*(known.runs() for _, known, _ in given), self.least[name])
        values = [[value] if random.random() < 0.3 else value for value, _, _ in given]
        if does != "make":
            values = [value for value, _, _ in given]
        known = self.returned(does, kind, [known for _, known, _ in given])
        known.is_returned_by(name)
        if random.random() < 0.5:
            self.variables.append((work(name, does, kind, *values), known, set()))
            return
        future = work.submit(name, does, kind, *values)
        future.wait()
        kept = random.random() < 0.5
        value: Any = future if kept else future.result()
        self.variables.append((value, known, {name} if kept else set()))

    def returned(self, does: str, kind: str, given: list[Known]) -> Known:
        """Return what the oracle knows of the result."""
        if does == "pass":
            return given[0]
        return Known(kind in SHARED) if does == "make" else Known(parts=given)


@pytest.mark.parametrize("_", range(rounds(8, soak=300)))
def test_no_edge_is_false_and_those_of_futures_are_all_there(told, random: Random, _: int):
    """A program made by chance, against what an oracle knows without looking at identities."""
    program = Program(random)

    @flow
    def steps():
        for _ in range(60):
            program.step()

    steps()
    runs = told.all("work")
    names = {run.id: run.name for run in runs}
    assert len(runs) == program.steps
    for run in runs:
        upstream = {names[id_] for id_ in run.upstream}
        assert program.least[run.name] <= upstream <= program.most[run.name]
    assert any(run.upstream for run in runs)
