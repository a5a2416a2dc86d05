"""Describe the API for programs, from the same declarations by which requests are checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Raw

from peninsula.core import codec, variables
from peninsula.core.answers import Error
from peninsula.core.events import Event
from peninsula.core.version import VERSION
from peninsula.server.api.calls import CALL, Call, call
from peninsula.server.api.errors import STATUS
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest

__all__ = ["CALLS", "document"]

Json = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{name}"

_ABOUT: Final = (
    "What a Peninsula server answers. Every error is an `Error`; its `code` says which. Lists are"
    " pages whose cursors hold for the same parameters."
)

_EXAMPLES: Final[dict[str, Json]] = {
    "invalid": {"message": "There is no parameter 'sate'. This call takes cursor, limit, state."},
    "unauthenticated": {"message": "This needs a key: send `Authorization: Bearer <key>`."},
    "forbidden": {
        "message": "This needs a key with the scope 'work'; 'dashboard' has read.",
        "details": {"scope": "work"},
    },
    "not-found": {"message": "No flow run 0192f3c4-7a1b-7c3d-9e8f-0123456789ab."},
    "conflict": {
        "message": "Flow run 'nightly' is Completed: there is nothing left to cancel.",
        "details": {"state": "Completed"},
    },
    "gap": {
        "message": "The log has this emitter's records up to 40; the batch begins with 52.",
        "details": {"committed": 40},
    },
    "too-large": {
        "message": "The body has more than 8388608 bytes. Send less at once.",
        "details": {"limit": 8388608},
    },
    "too-many": {"message": "200 streams are open, which is the limit. Close one."},
    "unavailable": {"message": "The database cannot take this now: the disk is full."},
}


@call("GET", "/openapi.json", public=True, query=NoQuery, answer=dict[str, Any])
async def get_openapi(request: ApiRequest) -> Any:
    """Return this document."""
    request.asked(NoQuery)
    return Response(_encoded(request.app), media_type="application/json")


@lru_cache(maxsize=1)
def _encoded(app: Litestar) -> bytes:
    return codec.encode(document(_calls(app)))


def _calls(app: Litestar) -> list[Call]:
    return [
        handler.opt[CALL]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if CALL in handler.opt
    ]


def document(calls: Iterable[Call]) -> Json:
    """Return the OpenAPI 3.1 document of these calls."""
    calls = sorted(calls, key=lambda one: (one.path, one.method))
    kinds = [
        kind
        for one in calls
        for kind in (one.body, one.answer, one.query)
        if kind is not None and kind is not NoneType
    ]
    schemas, components = msgspec.json.schema_components(
        [_sayable(kind) for kind in (*kinds, Error)], ref_template=_REFERENCE
    )
    of = dict(zip(map(repr, [*kinds, Error]), schemas, strict=True))
    paths: dict[str, Json] = {}
    for one in calls:
        path = "/api" + one.path.replace(":str", "")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, of, components)
    asked = {one.query.__name__ for one in calls if one.query is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Peninsula", "version": VERSION, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {name: shape for name, shape in components.items() if name not in asked},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "peninsula_session_{log}",
                    "description": "`{log}`: the first 12 hexadecimal digits of the log's id.",
                },
            },
        },
    }


def _sayable(kind: Any) -> Any:
    """Return the type, with a default that JSON can say in the place of one that is raw."""
    if isinstance(kind, type) and issubclass(kind, Event):
        return _event(kind)
    if get_origin(kind) is UnionType:
        return reduce(or_, map(_sayable, get_args(kind)))
    if get_origin(kind) is tuple:
        return tuple[(*map(_sayable, get_args(kind)),)]  # type: ignore[misc]
    return kind


@cache
def _event(kind: type[Event]) -> Any:
    fields = [
        (each.name, each.type) if each.required else (each.name, each.type, _default(each))
        for each in msgspec.structs.fields(kind)
    ]
    about = {"__doc__": kind.__doc__}
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, namespace=about)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return {} if isinstance(field.default, Raw) else field.default


def _operation(one: Call, of: dict[str, Json], components: dict[str, Json]) -> Json:
    operation: Json = {
        "operationId": one.name,
        "summary": one.about.strip().partition("\n")[0],
        "tags": [one.path.split("/")[1].split(".")[0]],
        "parameters": [*_in_path(one), *_in_query(one, components)],
        "responses": _responses(one, of),
        "security": [] if one.public else [{"key": []}, {"session": []}],
    }
    if one.scope is not None:
        operation["description"] = f"Needs the scope `{one.scope.value}`."
    if one.body is not None:
        content = {"application/json": {"schema": of[repr(one.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _in_path(one: Call) -> Sequence[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"} | form}
        for name, form in _FORMS.items()
        if f"{{{name}:str}}" in one.path
    ]


_FORMS: Final[dict[str, Json]] = {
    "id": {"format": "uuid"},
    "name": {"pattern": variables.NAME},
    "slug": {"pattern": variables.NAME},
}
"""What the parts of paths look like."""


def _in_query(one: Call, components: dict[str, Json]) -> Iterable[Json]:
    if one.query is None:
        return
    shape = components[one.query.__name__]
    for name, schema in shape.get("properties", {}).items():
        plain, about = _plain(schema)
        parameter = {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", ()),
            "schema": plain,
        }
        if about:
            parameter["description"] = about
        yield parameter


def _plain(schema: Json) -> tuple[Json, str | None]:
    """Return the schema of a parameter that is given, and what it means."""
    plain = {key: value for key, value in schema.items() if key not in {"anyOf", "description"}}
    about = schema.get("description")
    some = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(some) == 1:
        inner = {key: value for key, value in some[0].items() if key != "description"}
        plain |= inner
        about = about or some[0].get("description")
    elif some:
        plain["anyOf"] = some
    if plain.get("default", ...) is None:
        del plain["default"]
    return plain, about


def _responses(one: Call, of: dict[str, Json]) -> Json:
    codes = ["invalid", *one.errors, "unavailable"]
    if not one.public:
        codes += ["unauthenticated"]
    codes += ["forbidden"]
    if one.body is not None:
        codes.append("too-large")
    responses: Json = {str(one.status): _success(one, of)}
    if one.kept:
        responses["304"] = {"description": "`If-None-Match` has the ETag of this answer already."}
    for code in sorted(set(codes), key=lambda code: (STATUS[code], code)):
        answer = responses.setdefault(str(STATUS[code]), _failure(of))
        content = answer["content"]["application/json"]
        content["examples"][code] = {"value": {"code": code, "details": {}} | _EXAMPLES[code]}
    return responses


def _success(one: Call, of: dict[str, Json]) -> Json:
    if one.answer is NoneType:
        return {"description": "Done."}
    schema = {"type": "string"} if one.media.startswith("text/") else of[repr(one.answer)]
    return {"description": "The answer.", "content": {one.media: {"schema": schema}}}


def _failure(of: dict[str, Json]) -> Json:
    schema = of[repr(Error)]
    return {
        "description": "An error.",
        "content": {"application/json": {"schema": schema, "examples": {}}},
    }


CALLS: tuple[HTTPRouteHandler, ...] = (get_openapi,)
