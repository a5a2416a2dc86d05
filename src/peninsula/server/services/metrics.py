"""Count what the server does, and say it as Prometheus reads it.

Text format 0.0.4. prometheus_client would take 30 ms of every start for these few numbers:
docs/decisions/0008-metrics.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

__all__ = ["BOUNDS", "Metrics", "Sample"]

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: the upper ends of the classes that answers are counted in."""


class Sample(NamedTuple):
    """One number, of several that share a name."""

    labels: dict[str, str]
    value: float


class Metrics:
    """Counters of requests, and gauges that are asked when they are read."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._answers: Counter[tuple[str, int]] = Counter()
        self._classes: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._gauges: dict[str, tuple[str, str, Callable[[], float]]] = {}

    def answered(self, call: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._answers[call, status] += 1
        self._seconds[call] = self._seconds.get(call, 0.0) + seconds
        classes = self._classes.setdefault(call, [0] * len(BOUNDS))
        for place, bound in enumerate(BOUNDS):
            if seconds <= bound:
                classes[place] += 1

    def watch(self, name: str, kind: str, about: str, value: Callable[[], float]) -> None:
        """Say a number that is known elsewhere: a `gauge`, or a `counter` that only grows."""
        self._gauges[name] = (kind, about, value)

    def text(self) -> str:
        """Return all of them."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for name, (kind, about, value) in self._gauges.items():
            yield from _family(name, kind, about, [Sample({}, value())])
        answers = [
            Sample({"call": call, "status": str(status)}, count)
            for (call, status), count in sorted(self._answers.items())
        ]
        yield from _family("peninsula_answers_total", "counter", "Answers by status.", answers)
        yield from self._histogram()

    def _histogram(self) -> Iterator[str]:
        name = "peninsula_answer_seconds"
        totals: Counter[str] = Counter()
        for (call, _), count in self._answers.items():
            totals[call] += count
        yield f"# HELP {name} Seconds until an answer was complete."
        yield f"# TYPE {name} histogram"
        for call, classes in sorted(self._classes.items()):
            for bound, count in zip(BOUNDS, classes, strict=True):
                yield _line(f"{name}_bucket", Sample({"call": call, "le": f"{bound:g}"}, count))
            yield _line(f"{name}_bucket", Sample({"call": call, "le": "+Inf"}, totals[call]))
            yield _line(f"{name}_sum", Sample({"call": call}, self._seconds[call]))
            yield _line(f"{name}_count", Sample({"call": call}, totals[call]))


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for sample in samples:
        yield _line(name, sample)


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{key}="{value}"' for key, value in sample.labels.items())
    return f"{name}{{{labels}}} {sample.value:.17g}" if labels else f"{name} {sample.value:.17g}"
