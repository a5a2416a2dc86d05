"""Variables: find, read, set and unset them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw, Struct

from peninsula.core.answers import Page, Scope
from peninsula.core.variables import NAME, Variable
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.list_queries import VariablesQuery
from peninsula.server.api.queries import NoQuery, Texts
from peninsula.server.api.request import ApiRequest
from peninsula.server.storage.referee import variables

__all__ = ["CALLS"]


class WantedVariable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variable as it is to be."""

    name: Annotated[str, Meta(extra_json_schema={"pattern": NAME})]
    """Checked by the service, which says the rule in words."""
    value: Raw
    """Any JSON."""
    tags: Texts = ()
    overwrite: bool = False
    """Change the one that has the name, its tags included."""


@call("GET", "/variables", scope=Scope.READ, run_key=RunKey.FREE, query=VariablesQuery)
async def list_variables(request: ApiRequest) -> Page[Variable]:
    """Find variables, by name."""
    asked = request.asked(VariablesQuery)
    return await request.services.database.read(
        variables.find_variables,
        text=asked.text,
        tags=asked.tag,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call(
    "GET",
    "/variables/{name:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_variable(request: ApiRequest) -> Variable:
    """Return one variable."""
    request.asked(NoQuery)
    return await request.services.variables.get(request.path_params["name"])


@call(
    "POST",
    "/variables",
    scope=Scope.WORK,
    run_key=RunKey.FREE,
    query=NoQuery,
    body=WantedVariable,
    status=201,
    errors=("conflict",),
)
async def set_variable(request: ApiRequest) -> Variable:
    """Set a variable, or change it where `overwrite` says so."""
    request.asked(NoQuery)
    wanted = await request.told(WantedVariable)
    return await request.services.variables.set(
        wanted.name, bytes(wanted.value), wanted.tags, request.caller, overwrite=wanted.overwrite
    )


@call(
    "DELETE",
    "/variables/{name:str}",
    scope=Scope.WORK,
    run_key=RunKey.FREE,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def unset_variable(request: ApiRequest) -> None:
    """Remove a variable."""
    request.asked(NoQuery)
    await request.services.variables.unset(request.path_params["name"], request.caller)


CALLS = (list_variables, get_variable, set_variable, unset_variable)
