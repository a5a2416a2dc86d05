"""Blocks: register their types, find, save and delete them, open them, rotate their keys."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core import codec, limits
from peninsula.core.answers import Page, Scope
from peninsula.core.blocks import (
    BlockActivity,
    BlockDocument,
    BlockType,
    Opened,
    Rotated,
)
from peninsula.core.data_places import Place
from peninsula.core.errors import ForbiddenError, InvalidError
from peninsula.core.variables import NAME
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.list_queries import BlockActivityQuery, BlocksQuery, BlockTypesQuery
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.services import own_run
from peninsula.server.storage.read import block_activity, blocks
from peninsula.server.storage.referee import block_types

__all__ = ["CALLS"]

Name = Annotated[str, Meta(extra_json_schema={"pattern": NAME})]
"""Checked by the service, which says the rule in words."""

Word = Annotated[str, Meta(min_length=1, max_length=255)]
Words = Annotated[str, Meta(max_length=20_000)] | None


class WantedBlockType(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block type as its class is."""

    slug: Name
    name: Word
    fields: dict[str, Raw]
    """JSON schema; `secret_fields` lists the paths of secrets, `expires_field` names the field that
    says when the credential ends."""
    version: Word = "non-versioned"
    capabilities: Annotated[tuple[Word, ...], Meta(max_length=50)] = ()
    description: Words = None
    logo_url: Words = None
    documentation_url: Words = None
    code_example: Words = None


class WantedBlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block as it is to be."""

    type: Name
    name: Name
    data: dict[str, Raw]
    """Its fields; `********` leaves a secret as it is."""
    secrets: tuple[Annotated[Place, Meta(min_length=1)], ...] = ()
    """Where in the fields a secret is that the schema does not tell of: `["options", "pin"]`."""
    schema: Annotated[str, Meta(max_length=limits.NAME_CHARS)] | None = None
    """Checksum of the schema that the fields are of; null is the newest."""
    checked: bool = False
    """Whether its class has made it: what the schema says of values is then left to the class."""
    overwrite: bool = False
    """Change the one that has the name."""


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a block is opened for."""

    run: UUID | None = None
    """The flow run that needs it; a key that is for one run says it by itself."""


# --- types ---------------------------------------------------------------------------------------


@call("GET", "/block-types", scope=Scope.READ, run_key=RunKey.FREE, query=BlockTypesQuery)
async def list_block_types(request: ApiRequest) -> Page[BlockType]:
    """Find block types, by slug."""
    asked = request.asked(BlockTypesQuery)
    return await request.services.database.read(
        block_types.find_types, text=asked.text, limit=asked.limit, cursor=asked.cursor
    )


@call(
    "GET",
    "/block-types/{slug:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_block_type(request: ApiRequest) -> BlockType:
    """Return one block type; `schema.fields` is a JSON schema, to make a form of."""
    request.asked(NoQuery)
    return await request.services.blocks.type(request.path_params["slug"])


@call(
    "POST",
    "/block-types",
    scope=Scope.WORK,
    run_key=RunKey.FREE,
    query=NoQuery,
    body=WantedBlockType,
    status=201,
)
async def register_block_type(request: ApiRequest) -> BlockType:
    """Register a block type, or change the one of that slug; the schemas it had stay known."""
    request.asked(NoQuery)
    told = await request.told(WantedBlockType)
    said = (told.description, told.logo_url, told.documentation_url, told.code_example)
    for text in (told.name, told.version, *told.capabilities, *said):
        _check_words(text)
    wanted = block_types.WantedType(
        slug=told.slug,
        name=told.name,
        description=told.description,
        logo_url=told.logo_url,
        documentation_url=told.documentation_url,
        code_example=told.code_example,
        fields=codec.encode(told.fields),
        version=told.version,
        capabilities=told.capabilities,
    )
    return await request.services.blocks.register(wanted, request.caller)


def _check_words(text: str | None) -> None:
    if text is not None and "\x00" in text:
        msg = "A text of the block type has a NUL character. Remove it."
        raise InvalidError(msg)


# --- blocks --------------------------------------------------------------------------------------


@call("GET", "/blocks", scope=Scope.READ, run_key=RunKey.FREE, query=BlocksQuery)
async def list_blocks(request: ApiRequest) -> Page[BlockDocument]:
    """Find blocks, by type and name. Their secrets are masked."""
    asked = request.asked(BlocksQuery)
    return await request.services.database.read(
        blocks.find_blocks,
        types=asked.type,
        text=asked.text,
        limit=asked.limit,
        cursor=asked.cursor,
    )


@call("GET", "/block-activity", scope=Scope.READ, query=BlockActivityQuery)
async def list_block_activity(request: ApiRequest) -> tuple[BlockActivity, ...]:
    """Say of each of these blocks what flow runs lately did with it."""
    asked = request.asked(BlockActivityQuery)
    return await request.services.database.read(block_activity.read_activity, asked.id)


@call(
    "GET",
    "/blocks/{id:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_block(request: ApiRequest) -> BlockDocument:
    """Return one block. Its secrets are masked."""
    request.asked(NoQuery)
    return await request.services.database.read(blocks.block_by_id, request.id("block"))


@call(
    "GET",
    "/block-types/{slug:str}/blocks/{name:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_block_by_name(request: ApiRequest) -> BlockDocument:
    """Return the block of that type and name. Its secrets are masked."""
    request.asked(NoQuery)
    slug, name = request.path_params["slug"], request.path_params["name"]
    return await request.services.blocks.get(slug, name)


@call(
    "POST",
    "/blocks",
    scope=Scope.WORK,
    run_key=RunKey.FREE,
    query=NoQuery,
    body=WantedBlock,
    status=201,
    errors=("not-found", "conflict"),
)
async def save_block(request: ApiRequest) -> BlockDocument:
    """Save a block, or change it where `overwrite` says so. Its secrets are encrypted.

    What is wrong with it by its schema is said with the fields; validators of its class
    (`checked_by_class` of the schema) check it when it is loaded.
    """
    request.asked(NoQuery)
    wanted = await request.told(WantedBlock)
    return await request.services.blocks.save(
        wanted.type,
        wanted.name,
        codec.encode(wanted.data),
        request.caller,
        secrets=wanted.secrets,
        schema=wanted.schema,
        checked=wanted.checked,
        overwrite=wanted.overwrite,
    )


@call(
    "DELETE",
    "/blocks/{id:str}",
    scope=Scope.WORK,
    run_key=RunKey.FREE,
    query=NoQuery,
    status=204,
    errors=("not-found", "conflict"),
)
async def delete_block(request: ApiRequest) -> None:
    """Delete a block, unless it is nested in another."""
    request.asked(NoQuery)
    await request.services.blocks.delete(request.id("block"), request.caller)


# --- secrets -------------------------------------------------------------------------------------


@call(
    "POST",
    "/blocks/{id:str}/open",
    scope=Scope.WORK,
    run_key=RunKey.CHECKED,
    query=NoQuery,
    body=Opening,
    errors=("not-found",),
)
async def open_block(request: ApiRequest) -> Opened:
    """Return a block with its secrets, and those nested in it: over loopback or TLS only.

    This is the one door for secrets. That they were opened is an event. Browsers have no way in.
    """
    request.asked(NoQuery)
    told = await request.told(Opening)
    _check_way(request)
    caller = request.caller
    if caller.run is not None:
        await own_run.check_holder(request.services.database, None, caller.run, told.run)
    run = told.run or caller.run
    return await request.services.blocks.open(request.id("block"), caller, run)


def _check_way(request: ApiRequest) -> None:
    """Refuse a way that others can listen on, and a page, which has no use for a secret."""
    if request.caller.csrf is not None:
        msg = "Secrets are never shown in a page. Load the block in a flow, by an API key."
        raise ForbiddenError(msg)
    if not _is_private(request):
        msg = (
            "Secrets are sent over loopback or TLS only. Serve TLS: set PENINSULA_SERVER_TLS_CERT"
            " and PENINSULA_SERVER_TLS_KEY, and https:// in PENINSULA_API_URL."
        )
        raise ForbiddenError(msg)


def _is_private(request: ApiRequest) -> bool:
    # A proxy on this machine is loopback, too; it says by what its caller came.
    forwarded = request.headers.get("x-forwarded-proto", "https").split(",")[0].strip().lower()
    if request.url.scheme == "https":
        return forwarded == "https"
    return forwarded == "https" and request.client is not None and _is_here(request.client.host)


def _is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


@call("POST", "/admin/rotate-key", scope=Scope.ADMIN, query=NoQuery, errors=("conflict",))
async def rotate_key(request: ApiRequest) -> Rotated:
    """Encrypt all secrets anew by the newest key, beside serving."""
    request.asked(NoQuery)
    return await request.services.blocks.rotate(request.caller)


CALLS = (
    list_block_types,
    get_block_type,
    register_block_type,
    list_blocks,
    list_block_activity,
    get_block,
    get_block_by_name,
    save_block,
    delete_block,
    open_block,
    rotate_key,
)
