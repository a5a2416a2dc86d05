"""Keep variables. Each change appends its event, which says everything but the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import Connection, delete, insert, select, update

from peninsula.core import pages
from peninsula.core.answers import Page
from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.filters import folded
from peninsula.core.variables import Variable
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import walks
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["find_variables", "set_variable", "unset_variable", "variable_by_name"]

_variables = tables.variables.c


def set_variable(
    tx: Connection,
    dictionary: Dictionary,
    name: str,
    value: bytes,
    tags: Sequence[str],
    actor: Related,
    now: Now,
    *,
    overwrite: bool,
) -> Variable:
    """Set a variable. Raises ConflictError when it is there, and is not to be overwritten."""
    head = log.take_head(tx)
    row = _row(tx, name)
    if row is not None and not overwrite:
        msg = (
            f"There is a variable {name!r} already. Change it with overwrite=True, on the command"
            " line with --overwrite."
        )
        raise ConflictError(msg, name=name)
    values = {"value": value.decode(), "tags": _written(tags), "updated": now.at}
    if row is None:
        values |= {"id": uuid4().bytes, "name": name, "created": now.at}
        tx.execute(insert(tables.variables).values(**values))
    else:
        tx.execute(update(tables.variables).where(_variables.name == name).values(**values))
    found = variable_by_name(tx, name)
    _tell(tx, dictionary, head, "created" if row is None else "updated", found, actor, now)
    return found


def unset_variable(
    tx: Connection, dictionary: Dictionary, name: str, actor: Related, now: Now
) -> None:
    """Remove a variable. Raises NotFoundError."""
    head = log.take_head(tx)
    row = _row(tx, name)
    if row is None:
        msg = f'No variable {name!r}. Those there are: "peninsula variable ls".'
        raise NotFoundError(msg)
    found = _variable(row)
    tx.execute(delete(tables.variables).where(_variables.name == name))
    _tell(tx, dictionary, head, "deleted", found, actor, now)


def _tell(
    tx: Connection,
    dictionary: Dictionary,
    head: log.Head,
    what: str,
    about: Variable,
    actor: Related,
    now: Now,
) -> None:
    payload = {"tags": about.tags}
    told = entry(About("variable", about.id, about.name), what, payload, now, [actor])
    log.append(tx, dictionary, head, [told])


# --- what there is -------------------------------------------------------------------------------


def variable_by_name(tx: Connection, name: str) -> Variable:
    """Return the variable of that name. Raises NotFoundError."""
    row = _row(tx, name)
    if row is None:
        msg = f'No variable {name!r}. Set it: "peninsula variable set {name} VALUE".'
        raise NotFoundError(msg)
    return _variable(row)


def _row(tx: Connection, name: str) -> Any:
    return tx.execute(select(tables.variables).where(_variables.name == name)).first()


def find_variables(
    tx: Connection,
    *,
    text: str | None = None,
    tags: Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Variable]:
    """Return a page of variables by name: with that text in the name, with all those tags."""
    of = pages.digest("variables", text, sorted(tags))
    place = pages.read_cursor(cursor, of, (str,)) if cursor is not None else None
    back = place is not None and place.back
    name = walks.in_byte_order(tx, _variables.name)
    statement = select(tables.variables)
    if place is not None:
        statement = statement.where(name < place.key[0] if back else name > place.key[0])
    if text is not None:
        statement = statement.where(walks.position_of(tx, _variables.name, folded(text)) > 0)
    for tag in tags:
        line = f"{_BREAK}{tag}{_BREAK}"
        statement = statement.where(walks.position_of(tx, _variables.tags, line) > 0)
    order = name.desc() if back else name.asc()
    rows = tx.execute(statement.order_by(order).limit(limit + 1)).all()
    page, following, preceding = pages.turn(rows, limit, place, of, _key)
    return Page(items=tuple(map(_variable, page)), next=following, previous=preceding)


def _key(row: Any) -> pages.Key:
    return (row.name,)


# A tag has no line break, so it is found between two, whatever else is in it.
_BREAK: Final = "\n"


def _written(tags: Sequence[str]) -> str:
    return _BREAK + "".join(f"{tag}{_BREAK}" for tag in sorted(set(tags)))


def _variable(row: Any) -> Variable:
    return Variable(
        id=UUID(bytes=bytes(row.id)),
        name=row.name,
        value=Raw(row.value.encode()),
        tags=tuple(row.tags.split(_BREAK)[1:-1]),
        created=moment(row.created),
        updated=moment(row.updated),
    )
