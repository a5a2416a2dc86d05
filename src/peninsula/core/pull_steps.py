"""What brings the code of a deployment to where it runs: steps, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, structs

from peninsula.core import codec, limits
from peninsula.core.addresses import has_login, hide_in_addresses, hide_passwords
from peninsula.core.errors import InvalidError

__all__ = [
    "MOST_STEPS",
    "Environment",
    "GitClone",
    "PipInstall",
    "PullStep",
    "SetWorkingDirectory",
    "UvInstall",
    "check_steps",
    "decode_steps",
    "encode_steps",
    "shown",
    "step_of",
]

MOST_STEPS: Final = 50

Text = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
# What a program of another could take for one of its options is none of these.
Plain = Annotated[
    str,
    Meta(
        pattern=r"^[^-\s][^\s]*$",
        max_length=limits.NAME_CHARS,
        description="a text without spaces that does not begin with -",
    ),
]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        max_length=limits.NAME_CHARS,
        description="a name of letters, digits and _, no digit first",
    ),
]
Commit = Annotated[
    str,
    Meta(pattern="^[0-9a-fA-F]{7,64}$", description="the hash of a commit: 7 to 64 of 0-9 and a-f"),
]


class _Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="step"):
    """One step. Its tag is how `peninsula.yaml` calls it."""


class GitClone(_Step, frozen=True, kw_only=True, tag="git_clone"):
    """Clone a repository; what follows is looked for in it."""

    repository: Plain
    """A URL, or a path: nothing of it is read by a shell, or as an option."""
    branch: Plain | None = None
    commit: Commit | None = None
    directory: Text | None = None
    """Where to; by default a folder called like the repository."""
    submodules: bool = False
    credentials: Text | None = None
    """Name of a `git-credentials` block."""


class SetWorkingDirectory(_Step, frozen=True, kw_only=True, tag="set_working_directory"):
    """Go into a folder: what follows is looked for there."""

    directory: Text


class PipInstall(_Step, frozen=True, kw_only=True, tag="pip_install"):
    """Install packages by pip, into the environment that the flow runs in."""

    requirements: Text | None = None
    """A file that lists them."""
    packages: Annotated[tuple[Plain, ...], Meta(max_length=200)] = ()


class UvInstall(_Step, frozen=True, kw_only=True, tag="uv_install"):
    """The same by uv."""

    requirements: Text | None = None
    packages: Annotated[tuple[Plain, ...], Meta(max_length=200)] = ()


class Environment(_Step, frozen=True, kw_only=True, tag="environment"):
    """Set environment variables for the steps that follow, and the flow."""

    variables: Annotated[dict[Name, str], Meta(min_length=1, max_length=200)]


PullStep: TypeAlias = GitClone | SetWorkingDirectory | PipInstall | UvInstall | Environment

_STEPS: Final = msgspec.json.Decoder(Annotated[tuple[PullStep, ...], Meta(max_length=MOST_STEPS)])
_BY_NAME: Final[dict[str, type[PullStep]]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (GitClone, SetWorkingDirectory, PipInstall, UvInstall, Environment)
}
NAMES: Final = tuple(_BY_NAME)


def decode_steps(data: Raw | bytes) -> tuple[PullStep, ...]:
    """Return the steps that JSON lists. Raises InvalidError naming the one at fault."""
    try:
        return _checked(_STEPS.decode(data))
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise InvalidError(f"The pull steps cannot be used: {problem}") from None


def encode_steps(steps: tuple[PullStep, ...]) -> Raw:
    """Return the steps as JSON."""
    return Raw(codec.encode(steps))


def step_of(name: str, given: Any) -> PullStep:
    """Return the step that is called so, as `peninsula.yaml` writes it. Raises InvalidError."""
    if name not in NAMES:
        msg = f"There is no pull step {name[:60]!r}. There are: {', '.join(NAMES)}."
        raise InvalidError(msg)
    fields = {"variables": given} if name == "environment" else given
    if not isinstance(fields, dict):
        msg = f"The pull step {name} takes keys and values, as in `{name}:` and lines below it."
        raise InvalidError(msg)
    try:
        step: PullStep = msgspec.convert({**fields, "step": name}, _BY_NAME[name])
    except msgspec.ValidationError as problem:
        from peninsula.core.shapes import unfit  # noqa: PLC0415  weight: for what does not fit

        wrong = unfit(problem, _BY_NAME[name])
        raise InvalidError(f"Of the pull step {name}, {wrong}.", place=wrong.place) from None
    check_steps((step,))
    return _checked((step,))[0]


def check_steps(steps: Iterable[PullStep]) -> None:
    """Refuse what a deployment would keep in clear, for all who may read it: InvalidError."""
    for step in steps:
        if isinstance(step, GitClone) and has_login(
            step.repository, user_counts=not step.repository.startswith("ssh:")
        ):
            msg = (
                "The repository of git_clone has a user or a password in it. Keep them in a block,"
                ' "peninsula block create git-credentials --name NAME", and name it as credentials.'
            )
            raise InvalidError(msg, place=("repository",))


def shown(steps: Iterable[PullStep]) -> tuple[PullStep, ...]:
    """Return the steps for who reads the deployment: tokens and passwords in them are masked."""
    return tuple(map(_shown, steps))


def _shown(step: PullStep) -> PullStep:
    match step:
        case GitClone():
            return structs.replace(step, repository=hide_passwords(step.repository))
        case PipInstall() | UvInstall():
            return structs.replace(step, packages=tuple(map(hide_in_addresses, step.packages)))
        case Environment():
            from peninsula.core.harmless import harmless  # noqa: PLC0415  weight: for few steps

            return structs.replace(step, variables=harmless(step.variables))
    return step


def _checked(steps: tuple[PullStep, ...]) -> tuple[PullStep, ...]:
    for step in steps:
        if isinstance(step, PipInstall | UvInstall) and not (step.requirements or step.packages):
            msg = "A step that installs names nothing. Give `requirements` (a file) or `packages`."
            raise InvalidError(msg)
    return steps
