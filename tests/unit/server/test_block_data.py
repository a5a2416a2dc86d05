"""What of a block's data does not fit the schema of its type."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import pytest
from pydantic import AfterValidator, AnyUrl, Field, Secret, SecretStr, field_validator

from peninsula import blocks
from peninsula.blocks import Block
from peninsula.core.blocks import CHECKED_FIELD, reference
from peninsula.core.errors import InvalidError
from peninsula.server.services import block_data


class Login(Block):
    """What some tests nest."""

    password: SecretStr = Field(min_length=12)
    port: int = Field(default=1, ge=1, le=65535)


class TeamLogin(Login):
    """The same, of a class below."""


class Store(Block):
    """What some tests fill."""

    login: Login
    other: Login | None = None
    any_block: Block | None = None
    address: AnyUrl = AnyUrl("https://example.org")
    until: datetime | None = None
    sizes: tuple[int, ...] = ()
    logins: dict[str, Login] = Field(default_factory=dict)
    size: int | str = 1
    headers: Secret[dict[str, Any]] | None = None


LOGIN = {"password": "canary-of-twelve"}


def problems(data: dict[str, Any], nested: Any = None) -> list[str]:
    """What is said of the data."""
    try:
        block_data.check(data, Store.get_block_schema(), "store", nested or {})
    except InvalidError as refused:
        found: list[str] = refused.details["problems"]
        return found
    return []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("login", {"password": "canary-of-twelve", "port": 0}, "'login.port' is less than the"),
        ("login", {"password": 7}, "'login.password' takes a text"),
        ("login", {"password": "canary"}, "'login.password' is shorter than 12 characters"),
        ("login", {}, "'login.password' is missing"),
        ("login", {**LOGIN, "user": "x"}, "'login.user' is no field there"),
        ("login", "canary", "'login' takes an object"),
        ("other", {"password": "canary"}, "'other.password' is shorter than 12 characters"),
        ("other", 5, "'other' takes an object or null"),
        ("address", "nowhere", "'address' is not written as an address: https://"),
        ("until", "tomorrow", "'until' is not written as a moment: 2026-"),
        ("sizes", [1, "canary"], "'sizes.1' takes a whole number"),
        ("logins", {"a": {"password": 1}}, "'logins.a.password' takes a text"),
        ("size", [], "'size' takes a whole number or a text"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_place(field: str, value: Any, said: str):
    """With what it takes there, and without the value, which may be secret."""
    (told,) = problems({"login": LOGIN, field: value})
    assert told.startswith(said)
    assert "canary" not in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("until", "2026-01-31T02:13:00"),
        ("until", "2026-01-31 02:13:00Z"),
        ("until", None),
        ("address", "s3://lake"),
        ("address", "https://etl:p[w@lake"),
        ("login", {"password": "********"}),
        ("other", {"password": "********"}),
        ("headers", "********"),
        ("size", "large"),
    ],
)
def test_what_the_class_takes_is_taken(field: str, value: Any):
    """Moments as forms write them, and masks for secrets that are set."""
    assert problems({"login": LOGIN, field: value}) == []


def test_a_reference_is_of_the_type_that_the_field_takes_or_of_one_below():
    """Of another type it is refused, of whatever type where any block may stand."""
    id_ = uuid4()
    fits = {id_: ("team-login", "login")}
    other = {id_: ("s3-bucket",)}
    for field in ("login", "other"):
        data = {"login": LOGIN, field: reference(id_)}
        assert problems(data, fits) == []
        assert problems(data, other) == [
            f"{field!r} takes a block of type login, and refers to one of type s3-bucket"
        ]
    assert problems({"login": LOGIN, "any_block": reference(id_)}, other) == []
    assert problems({"login": {"$ref": 1}}) == ["'login.$ref' takes an object"]


def test_all_that_does_not_fit_is_said_and_the_first_is_the_field():
    """A form shows it there."""
    with pytest.raises(InvalidError, match=r"'sizes\.0' takes .*; 'size' takes") as refused:
        block_data.check(
            {"login": LOGIN, "sizes": [""], "size": []}, Store.get_block_schema(), "store", {}
        )
    assert refused.value.details["field"] == "sizes.0"


def test_a_schema_says_what_its_class_descends_from_and_checks_alone():
    """Types below another stand in its place; validators run nowhere else."""

    class Checked(TeamLogin):
        host: str
        name: Annotated[str, AfterValidator(str.strip)] = ""

        @field_validator("host")
        @classmethod
        def _resolves(cls, host: str) -> str:
            return host

    schema = Checked.get_block_schema()
    assert schema["block_type_bases"] == ["team-login", "login"]
    assert schema[CHECKED_FIELD] == ["host", "name"]
    assert Login.get_block_schema().keys().isdisjoint({"block_type_bases", CHECKED_FIELD})


def test_the_schema_of_a_block_that_nests_its_own_type_has_its_fields():
    """As pydantic writes it, they stand among the nested ones alone."""

    class Node(Block):
        name: str
        below: Node | None = None

    Node.model_rebuild(_types_namespace={"Node": Node})
    schema = Node.get_block_schema()
    assert schema["required"] == ["name"]
    with pytest.raises(InvalidError, match=r"'below\.name' takes a text"):
        block_data.check({"name": "a", "below": {"name": 1}}, schema, "node", {})


def test_a_secret_of_the_library_may_be_anything():
    """A form asks for a text, as most are."""
    schema = blocks.Secret.get_block_schema()
    for value in ("canary", {"deep": [1]}, 5):
        block_data.check({"value": value}, schema, "secret", {})
    assert schema["secret_fields"] == ["value"]
