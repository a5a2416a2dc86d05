"""Read `peninsula.yaml`: which deployments there are, each error with its line and its fix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from peninsula.core.deployments import Collision, Jitter, WantedSchedule
from peninsula.core.deployments import Name as Text
from peninsula.core.errors import InvalidError, NotFoundError, PeninsulaError
from peninsula.core.pull_steps import PullStep, step_of
from peninsula.core.schedules import Catchup, Cron, Interval, RRule, Rule, check_rule, zone_of
from peninsula.core.shapes import unfit

__all__ = ["FILE", "Declared", "Project", "read_project"]

FILE: Final = "peninsula.yaml"

Path_ = tuple[str | int, ...]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; what it does not know is an error."""


class Pool(_Part, frozen=True, kw_only=True):
    """The work pool of a deployment."""

    name: Text
    work_queue_name: Text | None = None
    job_variables: dict[str, Any] = {}


AtOnce = Annotated[int, Meta(ge=1, le=1_000_000)]


class Limit(_Part, frozen=True, kw_only=True):
    """How many runs there are at a time."""

    limit: AtOnce
    collision_strategy: Collision = Collision.ENQUEUE


Seconds = Annotated[float, Meta(description="a number of seconds")]


class When(_Part, frozen=True, kw_only=True):
    """A schedule."""

    cron: str | None = None
    interval: Seconds | None = None
    rrule: str | None = None
    anchor_date: datetime | None = None
    timezone: Text = "UTC"
    day_or: bool = True
    active: bool = True
    parameters: dict[str, Any] = {}
    slug: Text | None = None
    catchup: Catchup = Catchup.NONE
    jitter: Jitter = 0.0


class Declared(_Part, frozen=True, kw_only=True):
    """A deployment as the file has it."""

    name: Text
    entrypoint: Text
    description: str | None = None
    version: str | None = None
    tags: tuple[Text, ...] = ()
    parameters: dict[str, Any] = {}
    enforce_parameter_schema: bool = True
    concurrency_limit: Limit | AtOnce | None = None
    paused: bool | None = None
    work_pool: Pool | Text | None = None
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
    lines: dict[Path_, int]
    """Where each key and item stands."""

    def wrong(self, place: int, keys: Path_, problem: PeninsulaError, name: str) -> PeninsulaError:
        """Return the error with the line of the keys below a deployment, and what it is called."""
        line = _line(self.lines, ("deployments", place, *keys))
        where = f'{self.path}, line {line}, deployment "{name}"'
        return type(problem)(f"{where}: {problem.message}", **problem.details)


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
            lines=self._lines,
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
                    self._note_key(key, (*path, str(key.value)))
                    self._note(inner, (*path, str(key.value)))
                else:
                    self._note(each, (*path, place))

    def _note_key(self, key: Any, path: Path_) -> None:
        line = key.start_mark.line + 1
        if path in self._lines:
            msg = (
                f"{self._path}, line {line}: {key.value!r} is there already, on line"
                f" {self._lines[path]}. Remove one of them."
            )
            raise InvalidError(msg)
        self._lines[path] = line

    def _wrong(self, path: Path_, message: str) -> InvalidError:
        where = f"{self._path}, line {_line(self._lines, path)}"
        if (name := self._name_at(path)) is not None:
            where = f'{where}, deployment "{name}"'
        return InvalidError(f"{where}: {message}")

    def _name_at(self, path: Path_) -> str | None:
        """Return how the deployment around a place is called, as far as the file says it."""
        match path:
            case ("deployments", int(place), *_):
                declared = self._value["deployments"][place]
                name = declared.get("name") if isinstance(declared, Mapping) else None
                return name if isinstance(name, str) and name else None
        return None

    # --- checks ----------------------------------------------------------------------------------

    def _converted(self) -> _File:
        if not isinstance(self._value, Mapping):
            raise self._wrong((), "The file holds no keys. It begins with `deployments:`.")
        try:
            return msgspec.convert(self._value, _File, strict=True)
        except msgspec.ValidationError as problem:
            wrong = unfit(problem, _File)
            keys = tuple(step for step in wrong.place if isinstance(step, str))
            below = keys[1:] if keys[:1] == ("deployments",) and len(keys) > 1 else keys
            raise self._wrong(wrong.place, f"{wrong._replace(place=below)}.") from None

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
                below = problem.details.get("place", ())
                raise self._wrong((*path, number, name, *below), problem.message) from None
        return tuple(steps)


def _line(lines: Mapping[Path_, int], path: Path_) -> int:
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 1)


def _rule(when: When) -> Rule:
    if when.cron is not None:
        return Cron(cron=when.cron, day_or=when.day_or)
    if when.rrule is not None:
        return RRule(rrule=when.rrule)
    anchor = when.anchor_date
    if anchor is not None and anchor.tzinfo is None:
        anchor = anchor.replace(tzinfo=zone_of(when.timezone))
    return Interval(seconds=when.interval or 0.0, anchor=anchor)
