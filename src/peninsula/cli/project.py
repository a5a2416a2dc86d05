"""Read `peninsula.yaml`: which deployments there are, each error with its line and its fix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from peninsula.core.deployments import Collision, WantedSchedule
from peninsula.core.errors import InvalidError, NotFoundError, PeninsulaError
from peninsula.core.pull_steps import PullStep, step_of
from peninsula.core.schedules import Catchup, Cron, Interval, RRule, Rule, check_rule, zone_of

__all__ = ["FILE", "Declared", "Project", "read_project"]

FILE: Final = "peninsula.yaml"

Path_ = tuple[str | int, ...]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; what it does not know is an error."""


class Pool(_Part, frozen=True, kw_only=True):
    """The work pool of a deployment."""

    name: str
    work_queue_name: str | None = None
    job_variables: dict[str, Any] = {}


class Limit(_Part, frozen=True, kw_only=True):
    """How many runs there are at a time."""

    limit: int
    collision_strategy: Collision = Collision.ENQUEUE


class When(_Part, frozen=True, kw_only=True):
    """A schedule."""

    cron: str | None = None
    interval: float | None = None
    rrule: str | None = None
    anchor_date: datetime | None = None
    timezone: str = "UTC"
    day_or: bool = True
    active: bool = True
    parameters: dict[str, Any] = {}
    slug: str | None = None
    catchup: Catchup = Catchup.NONE
    jitter: float = 0.0


class Declared(_Part, frozen=True, kw_only=True):
    """A deployment as the file has it."""

    name: str
    entrypoint: str
    description: str | None = None
    version: str | None = None
    tags: tuple[str, ...] = ()
    parameters: dict[str, Any] = {}
    enforce_parameter_schema: bool = True
    concurrency_limit: Limit | int | None = None
    paused: bool | None = None
    work_pool: Pool | str | None = None
    schedules: tuple[When, ...] | None = None
    pull: tuple[dict[str, Any], ...] | None = None


class _File(_Part, frozen=True, kw_only=True):
    deployments: tuple[Declared, ...]
    name: str | None = None
    pull: tuple[dict[str, Any], ...] = ()


class Project(Struct, frozen=True, kw_only=True):
    """A file that was read."""

    path: Path
    deployments: tuple[Declared, ...]
    schedules: tuple[tuple[WantedSchedule, ...] | None, ...]
    """Of each deployment; None says nothing of them."""
    steps: tuple[tuple[PullStep, ...], ...]
    """Pull steps of each."""
    lines: tuple[int, ...]
    """Where each begins."""


def read_project(path: Path) -> Project:
    """Return what the file says. Raises InvalidError naming file, line, key and fix."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        msg = (
            f"There is no file {path}. Write one, or name a flow:"
            ' "peninsula deploy flow.py:nightly --name nightly --pool POOL".'
        )
        raise NotFoundError(msg) from None
    except (OSError, UnicodeDecodeError) as problem:
        msg = f"{path} cannot be read: {problem}."
        raise InvalidError(msg) from None
    return _Reading(path, text).project()


class _Reading:
    """One reading of one file, which knows on which line everything stands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines: dict[Path_, int] = {}
        self._value = self._parsed(text)

    def project(self) -> Project:
        file = self._converted()
        named = [each.name for each in file.deployments]
        for place, name in enumerate(named):
            if name in named[:place] and self._same_flow(file, place, named.index(name)):
                raise self._wrong(
                    ("deployments", place, "name"),
                    f"There are two deployments {name!r} of one flow. Call one of them otherwise.",
                )
        return Project(
            path=self._path,
            deployments=file.deployments,
            schedules=tuple(
                None
                if each.schedules is None
                else tuple(
                    self._schedule(when, ("deployments", place, "schedules", number))
                    for number, when in enumerate(each.schedules)
                )
                for place, each in enumerate(file.deployments)
            ),
            steps=tuple(
                self._steps(file.pull, ("pull",))
                if each.pull is None
                else self._steps(each.pull, ("deployments", place, "pull"))
                for place, each in enumerate(file.deployments)
            ),
            lines=tuple(
                self._line(("deployments", place)) for place in range(len(file.deployments))
            ),
        )

    @staticmethod
    def _same_flow(file: _File, first: int, second: int) -> bool:
        return file.deployments[first].entrypoint == file.deployments[second].entrypoint

    # --- parsing ---------------------------------------------------------------------------------

    def _parsed(self, text: str) -> Any:
        import yaml  # noqa: PLC0415  weight: for this file

        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            value = yaml.safe_load(text)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark is not None else ""
            reason = getattr(problem, "problem", None) or "it cannot be read"
            msg = f"{self._path}{where}: this is no YAML: {reason}."
            raise InvalidError(msg) from None
        if node is not None:
            self._note(node, ())
        return value

    def _note(self, node: Any, path: Path_) -> None:
        """Keep on which line each key and item stands."""
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node.value, list):
            for place, each in enumerate(node.value):
                if isinstance(each, tuple):
                    key, inner = each
                    self._lines[*path, str(key.value)] = key.start_mark.line + 1
                    self._note(inner, (*path, str(key.value)))
                else:
                    self._note(each, (*path, place))

    def _line(self, path: Path_) -> int:
        while path not in self._lines and path:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _wrong(self, path: Path_, message: str) -> InvalidError:
        key = ".".join(str(step) for step in path if isinstance(step, str))
        where = f"{self._path}, line {self._line(path)}"
        return InvalidError(f"{where}: {f'{key}: ' if key else ''}{message}")

    # --- checks ----------------------------------------------------------------------------------

    def _converted(self) -> _File:
        if not isinstance(self._value, Mapping):
            raise self._wrong((), "The file holds no keys. It begins with `deployments:`.")
        try:
            return msgspec.convert(self._value, _File, strict=True)
        except msgspec.ValidationError as problem:
            reason, _, where = str(problem).partition(" - at `")
            path = _path_of(where.rstrip("`"))
            raise self._explained(path, reason) from None

    def _explained(self, path: Path_, reason: str) -> InvalidError:
        if (found := re.search(r"unknown field `(.*)`", reason)) is not None:
            known = ", ".join(_known(path))
            message = f"There is no key {found[1]!r} here. There are: {known}."
            return self._wrong((*path, found[1]), message)
        if (found := re.search(r"required field `(.*)`", reason)) is not None:
            return self._wrong(path, f"The key {found[1]!r} is missing. Add it.")
        return self._wrong(path, f"{reason}.")

    def _schedule(self, when: When, path: Path_) -> WantedSchedule:
        ways = {"cron": when.cron, "interval": when.interval, "rrule": when.rrule}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            has = " and ".join(given) or "none"
            raise self._wrong(path, f"Give one of cron, interval and rrule, not {has}.")
        try:
            rule = _rule(when)
            check_rule(rule, when.timezone, datetime.now().astimezone())
        except PeninsulaError as problem:
            key = "timezone" if "time zone" in problem.message else given[0]
            raise self._wrong((*path, key), problem.message) from None
        return WantedSchedule(
            rule=rule,
            timezone=when.timezone,
            active=when.active,
            parameters=when.parameters,
            slug=when.slug,
            catchup=when.catchup,
            jitter=when.jitter,
        )

    def _steps(self, listed: tuple[dict[str, Any], ...], path: Path_) -> tuple[PullStep, ...]:
        steps = []
        for number, each in enumerate(listed):
            if len(each) != 1:
                message = "A pull step is one key, its name, and what it takes below it."
                raise self._wrong((*path, number), message)
            [(name, given)] = each.items()
            try:
                steps.append(step_of(name, given))
            except InvalidError as problem:
                raise self._wrong((*path, number, name), problem.message) from None
        return tuple(steps)


def _rule(when: When) -> Rule:
    if when.cron is not None:
        return Cron(cron=when.cron, day_or=when.day_or)
    if when.rrule is not None:
        return RRule(rrule=when.rrule)
    anchor = when.anchor_date
    if anchor is not None and anchor.tzinfo is None:
        anchor = anchor.replace(tzinfo=zone_of(when.timezone))
    return Interval(seconds=when.interval or 0.0, anchor=anchor)


_STEP: Final = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[\.\.\.\]")


def _path_of(where: str) -> Path_:
    """Return the keys that msgspec names: `$.deployments[0].name`."""
    found: list[str | int] = []
    for step in _STEP.finditer(where):
        if step[1] is not None:
            found.append(step[1])
        elif step[2] is not None:
            found.append(int(step[2]))
    return tuple(found)


def _known(path: Path_) -> tuple[str, ...]:
    keys = [step for step in path if isinstance(step, str)]
    kinds: dict[tuple[str, ...], type[Struct]] = {
        (): _File,
        ("deployments",): Declared,
        ("deployments", "schedules"): When,
        ("deployments", "work_pool"): Pool,
        ("deployments", "concurrency_limit"): Limit,
    }
    kind = kinds.get(tuple(keys))
    return kind.__struct_fields__ if kind is not None else ()
