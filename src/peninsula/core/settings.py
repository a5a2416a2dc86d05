"""What can be set, how it is read, and what each setting means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from peninsula.core.errors import InvalidError

__all__ = ["PREFIX", "Setting", "Settings", "load", "settings_table", "value_of", "variable"]

PREFIX: Final = "PENINSULA_"
"""Each setting is read from the environment variable PENINSULA_<NAME>, else from config.toml."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one process. A description stands with each; units are in it."""

    home: Annotated[
        str, Meta(description="Folder of journals, the local database, the token and config.toml.")
    ] = "~/.peninsula"
    api_url: Annotated[
        str | None,
        Meta(description="Address of the server. Unset: the local server if one runs, else none."),
    ] = None
    api_key: Annotated[
        str | None, Meta(description="Key sent to the server. Unset: the token in the home.")
    ] = None
    database_url: Annotated[
        str | None,
        Meta(
            description="Database of the server, `sqlite:///path` or `postgresql://…`. "
            "Unset: `peninsula.db` in the home."
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        Meta(description="Lowest level of run logs that is kept and shown."),
    ] = "INFO"
    log_prints: Annotated[
        bool, Meta(description="Whether `print` in flows and tasks is logged, unless they say.")
    ] = False

    journal_fsync: Annotated[
        float | None,
        Meta(
            ge=0,
            description="Seconds between fsyncs of the journal; 0 is at each record. "
            "Unset: never (a power loss may cost what the system had not written).",
        ),
    ] = None
    journal_limit_mb: Annotated[
        float, Meta(gt=0, description="Most MiB that records not yet shipped may take on disk.")
    ] = 1024.0
    journal_keep_mb: Annotated[
        float, Meta(ge=0, description="MiB of shipped records kept, for a server restored later.")
    ] = 64.0
    journal_keep_hours: Annotated[
        float, Meta(ge=0, description="Hours that shipped records are kept.")
    ] = 24.0
    ship_interval: Annotated[
        float, Meta(ge=0, description="Seconds that records wait for others to share a batch.")
    ] = 0.1
    ship_timeout: Annotated[
        float, Meta(gt=0, description="Seconds until an unanswered batch is sent again.")
    ] = 30.0
    exit_timeout: Annotated[
        float, Meta(ge=0, description="Seconds that a clean exit waits for the last batch.")
    ] = 5.0
    wait_timeout: Annotated[
        float,
        Meta(ge=0, description="Seconds to wait for what only a server can give."),
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
    session_hours: Annotated[
        float, Meta(gt=0, description="Hours until a browser has to log in again.")
    ] = 12.0
    lease_timeout: Annotated[
        float,
        Meta(gt=0, description="Seconds of silence after which a process is presumed crashed."),
    ] = 60.0
    retain_days: Annotated[
        float | None, Meta(ge=0, description="Days that events are kept. Unset: for good.")
    ] = None
    retain_logs_days: Annotated[
        float | None, Meta(ge=0, description="Days that logs are kept. Unset: as events.")
    ] = None
    retain_kinds: Annotated[
        dict[str, float],
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


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def load(environ: Mapping[str, str], file: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings that the environment gives, else the file, else the defaults.

    Raises InvalidError naming the setting, where it was set, and what it takes.
    """
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = environ.get(variable(name))
        if text is not None:
            values[name] = _one(name, _split(name, text), f"environment variable {variable(name)}")
    for name, value in (file or {}).items():
        if name not in Settings.__struct_fields__:
            msg = (
                f"config.toml sets {name!r}, which is no setting. `peninsula config ls` lists them."
            )
            raise InvalidError(msg)
        values.setdefault(name, _one(name, value, "config.toml"))
    return Settings(**values)


def value_of(name: str, text: str) -> Any:
    """Return what a text sets, written as in the environment. Raises InvalidError."""
    return _one(name, _split(name, text), "command line")


def _split(name: str, text: str) -> Any:
    if name in {"allowed_hosts", "allowed_origins"}:
        return [part.strip() for part in text.split(",") if part.strip()]
    if name == "retain_kinds":
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {key.strip(): days or None for key, _, days in pairs}
    return None if text == "" else text


def _one(name: str, value: Any, where: str) -> Any:
    try:
        return msgspec.convert({name: value}, _SHAPES[name], strict=False)[name]
    except msgspec.ValidationError as problem:
        msg = f"The {where} has {value!r} for {name}: {str(problem).partition(' - at')[0]}."
        raise InvalidError(msg) from None


def _shapes() -> dict[str, Any]:
    hints = get_type_hints(Settings, include_extras=True)
    return {name: dict[str, hints[name]] for name in Settings.__struct_fields__}  # type: ignore[misc, valid-type]


_SHAPES: Final = _shapes()


def settings_table() -> list[Setting]:
    """Return every setting with its variable, default and meaning, as CLI and docs show it."""
    fields = msgspec.structs.fields(Settings)
    return [
        Setting(
            name=field.name,
            variable=variable(field.name),
            default=field.default
            if field.default is not msgspec.NODEFAULT
            else field.default_factory(),  # type: ignore[operator]
            description=_description(field.type),
        )
        for field in fields
    ]


def _description(annotated: Any) -> str:
    for meta in getattr(annotated, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.description:
            return meta.description
    return ""
