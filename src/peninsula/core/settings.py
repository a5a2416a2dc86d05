"""What can be set, how it is read, and what each setting means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import GenericAlias, NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from peninsula.core.errors import InvalidError

__all__ = [
    "HIDDEN",
    "PREFIX",
    "Setting",
    "Settings",
    "load",
    "settings_table",
    "value_of",
    "variable",
]

PREFIX: Final = "PENINSULA_"
"""Each setting is read from the environment variable PENINSULA_<NAME>, else from config.toml."""

HIDDEN: Final = "***"
"""What is shown of a secret."""

# As much as clocks, calendars and disks bear: a year of seconds, a century of days, a pebibyte.
SECONDS: Final = 31_536_000
HOURS: Final = 876_000
DAYS: Final = 36_500
MEBIBYTES: Final = 1 << 30

Seconds = Annotated[float, Meta(ge=0, le=SECONDS)]
Days = Annotated[float, Meta(ge=0, le=DAYS)]

_SECRET: Final = {"secret": True}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one process. A description stands with each; units are in it."""

    def __repr__(self) -> str:
        """Show all but what is secret."""
        shown = (f"{name}={_shown(name, getattr(self, name))}" for name in self.__struct_fields__)
        return f"Settings({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same in colour."""
        return [
            (name, HIDDEN if name in _SECRETS else getattr(self, name))
            for name in self.__struct_fields__
        ]

    home: Annotated[
        str, Meta(description="Folder of journals, the local database, the token and config.toml.")
    ] = "~/.peninsula"
    api_url: Annotated[
        str | None,
        Meta(description="Address of the server. Unset: the local server if one runs, else none."),
    ] = None
    api_key: Annotated[
        str | None,
        Meta(description="Key sent to the server. Unset: the token in the home.", extra=_SECRET),
    ] = None
    database_url: Annotated[
        str | None,
        Meta(
            description="Database of the server, `sqlite:///path` or `postgresql://…`. "
            "Unset: `peninsula.db` in the home.",
            extra=_SECRET,
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        Meta(description="Lowest level of run logs that is kept and shown."),
    ] = "INFO"
    log_prints: Annotated[
        bool, Meta(description="Whether `print` in flows and tasks is logged, unless they say.")
    ] = False
    log_to_terminal: Annotated[
        bool,
        Meta(
            description="Whether run logs are shown in the terminal, too. Workers that keep what "
            "the processes of runs print turn it off for these."
        ),
    ] = True
    progress: Annotated[
        bool,
        Meta(description="Whether a terminal shows how far submitted and mapped tasks are."),
    ] = True
    observe_blocks: Annotated[
        bool, Meta(description="Whether calls of the methods of blocks are told as events.")
    ] = True
    observe: Annotated[
        bool,
        Meta(
            description="Whether calls that flows make without a block are told as events, "
            "where `peninsula[observe]` is installed."
        ),
    ] = True

    results_persist_by_default: Annotated[
        bool, Meta(description="Whether results of flows and tasks are kept, unless they say.")
    ] = False
    results_storage: Annotated[
        str | None,
        Meta(
            description="Path or URL where results are kept, unless flow or task say: "
            "`s3://bucket/results`. Unset: `results` in the home.",
        ),
    ] = None
    results_serializer: Annotated[
        str,
        Meta(
            description="How results become bytes, unless flow or task say: `pickle`, `json`, "
            "`msgspec` or `compressed/<one of them>`."
        ),
    ] = "pickle"
    tasks_refresh_cache: Annotated[
        bool, Meta(description="Whether cached results are made anew, unless a task says.")
    ] = False

    journal_fsync: Annotated[
        Seconds | None,
        Meta(
            description="Seconds between fsyncs of the journal; 0 is at each record. "
            "Unset: never (a power loss may cost what the system had not written).",
        ),
    ] = None
    journal_limit_mb: Annotated[
        float,
        Meta(
            gt=0,
            le=MEBIBYTES,
            description="Most MiB that one process's records may take on disk before they are "
            "shipped.",
        ),
    ] = 1024.0
    journal_keep_mb: Annotated[
        float,
        Meta(
            ge=0,
            le=MEBIBYTES,
            description="MiB of shipped records kept, for a server restored later.",
        ),
    ] = 64.0
    journal_keep_hours: Annotated[
        float, Meta(ge=0, le=HOURS, description="Hours that shipped records are kept.")
    ] = 24.0
    ship_interval: Annotated[
        float,
        Meta(
            ge=0, le=SECONDS, description="Seconds that records wait for others to share a batch."
        ),
    ] = 0.1
    ship_timeout: Annotated[
        float,
        Meta(gt=0, le=SECONDS, description="Seconds until an unanswered batch is sent again."),
    ] = 30.0
    exit_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=SECONDS,
            description="Seconds that a clean exit waits for the last batch, also for a server that"
            " was there and restarts, or that says it is busy; for one that is not there, none.",
        ),
    ] = 5.0
    outlast_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=SECONDS,
            description="Seconds that the process of a flow run waits at its end for the server"
            " that is set, where its journal goes with it: workers say 3600 to pods without a"
            " shipper. 0: the journal stays, for another process to ship.",
        ),
    ] = 0.0
    wait_timeout: Annotated[
        float,
        Meta(ge=0, le=SECONDS, description="Seconds to wait for what only a server can give."),
    ] = 60.0

    server_host: Annotated[str, Meta(description="Address the server listens on.")] = "127.0.0.1"
    server_port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Port of the server; 0 is any. Busy: the next is taken."),
    ] = 4747
    server_auth: Annotated[
        bool,
        Meta(description="Whether callers need a key. Off is refused beyond loopback."),
    ] = True
    server_tls_cert: Annotated[str | None, Meta(description="PEM file of the certificate.")] = None
    server_tls_key: Annotated[str | None, Meta(description="PEM file of its private key.")] = None
    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(description="Host names the server answers to, besides loopback and its own."),
    ] = ()
    allowed_origins: Annotated[
        tuple[str, ...], Meta(description="Origins whose pages may call the API, besides its own.")
    ] = ()
    encryption_key: Annotated[
        str | None,
        Meta(
            description="Key by which the server encrypts secrets of blocks: 32 bytes in URL-safe"
            " base64. Unset: one that it makes and keeps in `encryption_key_file`.",
            extra=_SECRET,
        ),
    ] = None
    encryption_keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Several such keys while they are rotated, the newest first; behind"
            " `encryption_key` if that is set, too.",
            extra=_SECRET,
        ),
    ] = ()
    encryption_key_file: Annotated[
        str | None,
        Meta(
            description="File of such keys, the newest first, where none are set otherwise. Unset:"
            " beside the home, `~/.peninsula.key` for `~/.peninsula`, so that a copy of the home"
            " does not have it."
        ),
    ] = None
    session_hours: Annotated[
        float, Meta(gt=0, le=HOURS, description="Hours until a browser has to log in again.")
    ] = 12.0
    lease_timeout: Annotated[
        float,
        Meta(
            ge=30,
            le=SECONDS,
            description="Seconds of silence after which a process is presumed crashed. One that is"
            " quiet is heard every 10 s: with less, it would crash and reappear all the time.",
        ),
    ] = 60.0
    late_after: Annotated[
        float,
        Meta(
            gt=0,
            le=SECONDS,
            description="Seconds after which a run that is due and that nobody has taken is Late.",
        ),
    ] = 15.0
    retain_days: Annotated[
        Days | None, Meta(description="Days that events are kept. Unset: for good.")
    ] = None
    retain_logs_days: Annotated[
        Days | None, Meta(description="Days that logs are kept. Unset: as events.")
    ] = None
    retain_kinds: Annotated[
        dict[str, Days],
        Meta(description="Days to keep events by name or `prefix.*`, before `retain_days`."),
    ] = {}
    pin_failed: Annotated[
        bool, Meta(description="Whether failed runs keep their events past retention.")
    ] = True


class Setting(Struct, frozen=True):
    """One row of the settings table."""

    name: str
    variable: str
    default: Any
    description: str
    takes: str = "a text"
    """What can be set, for people: `a number from 0 to 36500`."""
    secret: bool = False
    """Whether its value is not to be shown."""


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def load(environ: Mapping[str, str], file: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings that the environment gives, else the file, else the defaults.

    An empty variable sets an empty list, or a setting back to unset where it can be; elsewhere it
    is as none. Raises InvalidError naming the setting, where it was set, and what it takes.
    """
    values: dict[str, Any] = {}
    for name, setting in _SETTINGS.items():
        text = environ.get(setting.variable)
        if text is not None and (text or _may_be_empty(name)):
            where = f"environment variable {setting.variable}"
            values[name] = _converted(name, text, _split(name, text), where)
    for name, value in (file or {}).items():
        _check_name(name)
        if name not in values:
            values[name] = _converted(name, value, value, "config.toml")
    return Settings(**values)


def _check_name(name: str) -> None:
    if name not in _SETTINGS:
        msg = f"config.toml sets {name!r}, which is no setting. `peninsula config ls` lists them."
        raise InvalidError(msg)
    if name == "home":
        msg = f"config.toml sets home, but lies in it. Set {variable(name)} instead."
        raise InvalidError(msg)


def value_of(name: str, text: str) -> Any:
    """Return what a text sets, written as in the environment. Raises InvalidError."""
    return _converted(name, text, _split(name, text), "command line")


def _may_be_empty(name: str) -> bool:
    return get_origin(_TYPES[name]) in {tuple, dict} or NoneType in get_args(_TYPES[name])


def _split(name: str, text: str) -> Any:
    """Return what a text stands for: an empty one for nothing, commas for several."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if get_origin(_TYPES[name]) is tuple:
        return parts
    if get_origin(_TYPES[name]) is dict:
        pairs = [part.partition("=") for part in parts]
        return {key.strip(): value.strip() or None for key, _, value in pairs}
    return None if text == "" else text


def _converted(name: str, given: Any, value: Any, where: str) -> Any:
    setting = _SETTINGS[name]
    converted: Any
    try:
        converted = msgspec.convert({name: value}, _SHAPES[name], strict=False)[name]
    except msgspec.ValidationError:
        converted = math.nan
    numbers = converted.values() if isinstance(converted, dict) else (converted,)
    if all(math.isfinite(number) for number in numbers if isinstance(number, float)):
        return converted
    # A wrong value may be a key that was put in the wrong place: what is secret is not repeated.
    shown = "a value that does not do" if setting.secret else repr(given)
    msg = f"The {where} has {shown} for {name}. It takes {setting.takes}: {setting.description}"
    raise InvalidError(msg)


def settings_table() -> list[Setting]:
    """Return every setting with its variable, default and meaning, as CLI and docs show it."""
    return list(_SETTINGS.values())


def _shown(name: str, value: Any) -> str:
    return HIDDEN if name in _SECRETS and value else repr(value)


# --- what the types say --------------------------------------------------------------------------


def _setting(field: msgspec.structs.FieldInfo, annotated: Any) -> Setting:
    metas = [meta for meta in annotated.__metadata__ if isinstance(meta, Meta)]
    default = field.default
    return Setting(
        name=field.name,
        variable=variable(field.name),
        default=field.default_factory() if default is msgspec.NODEFAULT else default,
        description=" ".join(meta.description for meta in metas if meta.description),
        takes=_takes(_bare(annotated), metas[0]),
        secret=any((meta.extra or {}).get("secret") for meta in metas),
    )


def _takes(type_: Any, meta: Meta) -> str:
    if NoneType in get_args(type_):
        (given,) = (each for each in get_args(type_) if each is not NoneType)
        return f"{_takes(given, meta)}, or nothing"
    if hasattr(type_, "__metadata__"):
        return _takes(_bare(type_), *type_.__metadata__)
    if get_origin(type_) is Literal:
        return f"one of {', '.join(get_args(type_))}"
    return {
        bool: "true or false",
        str: "a text",
        int: f"a whole number{_bounds(meta)}",
        float: f"a number{_bounds(meta)}",
        tuple: "a list of texts; in the environment, with commas between them",
        dict: "a table of numbers; in the environment like `call.*=7,http.*=1.5`",
    }[get_origin(type_) or type_]


def _bounds(meta: Meta) -> str:
    return (
        f" above {meta.gt}, up" if meta.gt is not None else f" from {meta.ge}"
    ) + f" to {meta.le}"


def _bare(annotated: Any) -> Any:
    return get_args(annotated)[0]


_HINTS: Final = get_type_hints(Settings, include_extras=True)
_TYPES: Final = {name: _bare(hint) for name, hint in _HINTS.items()}
_SHAPES: Final = {name: GenericAlias(dict, (str, hint)) for name, hint in _HINTS.items()}
_SETTINGS: Final = {
    field.name: _setting(field, _HINTS[field.name]) for field in msgspec.structs.fields(Settings)
}
_SECRETS: Final = frozenset(name for name, setting in _SETTINGS.items() if setting.secret)
