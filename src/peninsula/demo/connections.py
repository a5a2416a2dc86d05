"""Save the blocks by which the demo's flows use their systems, and know which system has which."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw

from peninsula.blocks import (
    AwsCredentials,
    Block,
    DatabaseCredentials,
    HttpService,
    S3Bucket,
    SqlDatabase,
)
from peninsula.blocks.documents import register
from peninsula.client.api import Api
from peninsula.core import codec
from peninsula.core.blocks import reference
from peninsula.core.events import Related
from peninsula.core.resources import own

__all__ = ["CRM", "LAKE", "PAYMENTS", "SHOP", "WAREHOUSE", "blocks_of", "save"]

SHOP: Final = "postgresql://shop-db.internal/shop"
WAREHOUSE: Final = "postgresql://warehouse.internal/analytics"
LAKE: Final = "s3://acme-lake"
PAYMENTS: Final = "https://api.payments.example/v1/charges"
CRM: Final = "https://crm.example/api/contacts"


class _Saved(NamedTuple):
    """A block that is saved; its secret is made up."""

    cls: type[Block]
    name: str
    fields: Mapping[str, str]
    secret: str | None = None
    """The field that is one."""
    system: str | None = None
    credentials: str | None = None
    """Name of the block that is nested in it."""


def _login(host: str, database: str, username: str) -> dict[str, str]:
    return {"driver": "postgresql", "host": host, "database": database, "username": username}


_KEYS: Final = {"aws_access_key_id": "AKIADEMODEMODEMODEMO", "region_name": "eu-central-1"}

_SAVED: Final = (
    _Saved(
        DatabaseCredentials,
        "warehouse-loader",
        _login("warehouse.internal", "analytics", "loader"),
        "password",
    ),
    _Saved(SqlDatabase, "warehouse", {}, system=WAREHOUSE, credentials="warehouse-loader"),
    _Saved(
        DatabaseCredentials,
        "shop-reader",
        _login("shop-db.internal", "shop", "reader"),
        "password",
    ),
    _Saved(SqlDatabase, "shop", {}, system=SHOP, credentials="shop-reader"),
    _Saved(AwsCredentials, "lake-writer", _KEYS, "aws_secret_access_key"),
    _Saved(S3Bucket, "lake", {"bucket_name": "acme-lake"}, None, LAKE, "lake-writer"),
    _Saved(
        HttpService, "payments", {"base_url": "https://api.payments.example"}, "token", PAYMENTS
    ),
    _Saved(HttpService, "crm", {"base_url": "https://crm.example/api"}, "token", CRM),
)

_blocks: Final[dict[str, tuple[Related, ...]]] = {}


def blocks_of(resource: str) -> tuple[Related, ...]:
    """Return the block that calls to a resource go by, and the one nested in it; none is saved."""
    return next((found for system, found in _blocks.items() if resource.startswith(system)), ())


async def save(api: Api) -> None:
    """Save them."""
    ids: dict[str, UUID] = {}
    for block in _SAVED:
        ids[block.name] = await _save(api, block, ids)
        if block.system is not None:
            nested = [block.credentials] if block.credentials else []
            _blocks[block.system] = (
                _related(block.cls, block.name, ids, "block"),
                *(_related(_class_of(name), name, ids, "uses") for name in nested),
            )


async def _save(api: Api, block: _Saved, ids: Mapping[str, UUID]) -> UUID:
    data: dict[str, object] = dict(block.fields)
    if block.secret is not None:
        data[block.secret] = token_urlsafe(24)
    if block.credentials is not None:
        data["credentials"] = reference(ids[block.credentials])
    type_ = await register(api, block.cls)
    content = Raw(codec.encode(data))
    made = await api.save_block(type_.slug, block.name, content, schema=type_.schema.checksum)
    return made.id


def _class_of(name: str) -> type[Block]:
    return next(block.cls for block in _SAVED if block.name == name)


def _related(cls: type[Block], name: str, ids: Mapping[str, UUID], role: str) -> Related:
    slug = cls.get_block_type_slug()
    return Related(id=own("block-document", ids[name]), role=role, name=f"{slug}/{name}")
