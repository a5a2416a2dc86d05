"""Look at settings, and where each comes from; change them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from peninsula.cli import config_file, output
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.client import destination
from peninsula.client.configuration import home_of, read_settings
from peninsula.core import settings
from peninsula.core.errors import InvalidError, NotFoundError, UnavailableError

app = typer.Typer(
    help="Look at settings, and where each comes from; change them.\n\n"
    "A setting is taken from the environment, else from config.toml in PENINSULA_HOME, else it has "
    "its default.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

HIDDEN: Final = "***"

_PASSWORD: Final = re.compile(r"(://[^:/@]*):.*@")
_SECRETS: Final = frozenset({"api_key"})
_ELSEWHERE: Final = frozenset({"home"})
"""Settings that config.toml cannot hold: they say where it is."""


class Value(Struct, frozen=True):
    """A setting as it is now."""

    name: str
    value: Any
    source: str
    """`environment`, `config.toml` or `default`."""
    variable: str
    description: str


def _values() -> list[Value]:
    now = read_settings()
    file = _read(home_of(now).config)
    return [
        Value(
            name=each.name,
            value=_shown(each.name, getattr(now, each.name)),
            source=_source(each, file),
            variable=each.variable,
            description=each.description,
        )
        for each in settings.settings_table()
    ]


def _source(setting: settings.Setting, file: dict[str, Any]) -> str:
    if setting.variable in os.environ:
        return "environment"
    return "config.toml" if setting.name in file else "default"


def _shown(name: str, value: Any) -> Any:
    if name in _SECRETS and value is not None:
        return HIDDEN
    if name == "database_url" and value is not None:
        return _PASSWORD.sub(rf"\1:{HIDDEN}@", value)
    return value


def _read(path: Path) -> dict[str, Any]:
    # What cannot be read was said already, by read_settings.
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}


# --- ls, get -------------------------------------------------------------------------------------


@app.command(
    "ls",
    epilog=examples(
        "peninsula config ls",
        "peninsula config ls --changed",
        "peninsula config ls --json | jq '.[] | select(.source != \"default\")'",
    ),
)
def list_settings(
    *,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only those that are not at their default.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List all settings with their values and where each comes from."""
    shown = [value for value in _values() if value.source != "default" or not changed]
    if as_json:
        output.show_json(shown)
        return
    if not shown:
        output.note("All settings are at their defaults: peninsula config ls")
        return
    columns = (Column("SETTING"), Column("VALUE", flexible=True), Column("FROM"))
    output.show_table(columns, [(one.name, _said(one.value), _from(one)) for one in shown])
    output.note("What one means: peninsula config get NAME")


def _from(value: Value) -> str:
    return value.variable if value.source == "environment" else value.source


def _said(value: Any) -> str:
    match value:
        case None | ():
            return "-"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case dict():
            return ",".join(f"{key}={one:g}" for key, one in value.items()) or "-"
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)


@app.command(
    epilog=examples("peninsula config get server_port", "peninsula config get api_url --json")
)
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the setting.")],
    *,
    as_json: Json = False,
) -> None:
    """Say one setting: its value, where it comes from, and what it means."""
    value = next(one for one in _values() if one.name == _known(name))
    if as_json:
        output.show_json(value)
        return
    output.show_fields(
        [
            ("setting", value.name),
            ("value", _said(value.value)),
            ("from", _from(value)),
            ("variable", value.variable),
            ("meaning", value.description),
        ]
    )


def _known(name: str) -> str:
    plain = name.lower().removeprefix(settings.PREFIX.lower()).replace("-", "_")
    if plain not in settings.Settings.__struct_fields__:
        msg = f'{name!r} is no setting. "peninsula config ls" lists them.'
        raise NotFoundError(msg)
    return plain


# --- set, unset ----------------------------------------------------------------------------------


@app.command(
    "set",
    epilog=examples(
        "peninsula config set api_url https://peninsula.example.com",
        "peninsula config set retain_days 30",
        "peninsula config set allowed_hosts peninsula.example.com,10.0.0.5",
        "peninsula config set retain_kinds 'peninsula.task-run.*=7,orders.loaded=365'",
    ),
)
def set_value(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the setting.")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Lists with commas, pairs as KEY=VALUE.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Put a setting into config.toml in PENINSULA_HOME."""
    name = _in_file(name)
    checked = settings.value_of(name, value)
    if checked is None:
        msg = f'{name} is given no value. To have its default: "peninsula config unset {name}".'
        raise InvalidError(msg)
    if name == "api_url":
        destination.address(checked)
    path = _change(lambda text: config_file.with_value(text, name, checked))
    _tell(name, _shown(name, checked), path, as_json=as_json)


@app.command(epilog=examples("peninsula config unset api_url"))
def unset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the setting.")],
    *,
    as_json: Json = False,
) -> None:
    """Take a setting out of config.toml: it has its default again."""
    name = _in_file(name)
    path = _change(lambda text: config_file.without(text, name))
    _tell(name, getattr(settings.Settings(), name), path, as_json=as_json)


def _tell(name: str, value: Any, path: Path, *, as_json: bool) -> None:
    if as_json:
        output.show_json({"name": name, "value": value, "file": str(path)})
    else:
        output.show(output.text(f"{name} = {_said(value)}  ({path})"))
    variable = settings.variable(name)
    if variable in os.environ:
        output.warn(f"The environment variable {variable} is set too, and goes before the file.")


def _in_file(name: str) -> str:
    name = _known(name)
    if name in _ELSEWHERE:
        variable = settings.variable(name)
        msg = f"{name} says where config.toml is. Set the environment variable {variable}."
        raise InvalidError(msg)
    return name


def _change(edit: Callable[[str], str]) -> Path:
    """Write the file anew, all or nothing, readable by its owner only: it may hold a key."""
    home = home_of(settings.load(os.environ))
    path = home.config
    partial = path.with_suffix(".partial")
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = edit(text)
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(changed)
        partial.replace(path)
    except tomllib.TOMLDecodeError as problem:
        msg = f"{path} is not TOML: {problem}. Correct it in an editor."
        raise InvalidError(msg) from None
    except (OSError, UnicodeError) as problem:
        msg = f"{path} cannot be changed: {problem}. Give this user the right to write it."
        raise UnavailableError(msg) from None
    return path
