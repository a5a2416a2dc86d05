"""What does not fit a type is said in plain words."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta, Struct

from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.core.shapes import unfit


class Size(Enum):
    """How large."""

    SMALL = "small"
    LARGE = "large"


class Cat(Struct, tag_field="kind", tag="cat"):
    """One of two."""


class Dog(Struct, tag_field="kind", tag="dog", forbid_unknown_fields=True):
    """The other."""

    name: Annotated[str, Meta(min_length=2)]


class Home(Struct, forbid_unknown_fields=True):
    """What is asked for."""

    id: UUID | None = None
    rooms: Annotated[int, Meta(ge=1, le=9)] = 1
    size: Size | None = None
    pets: Annotated[tuple[Cat | Dog, ...], Meta(max_length=2)] = ()
    doors: dict[Annotated[str, Meta(pattern="^[a-z]+$", description="small letters")], int] = {}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "It takes an object, not a list"),
        ({"id": "x"}, "'id' takes an id like 0192f3c4-7a1b-7c3d-9e8f-0123456789ab"),
        ({"rooms": 0}, "'rooms' takes a whole number of 1 or more"),
        ({"rooms": 10}, "'rooms' takes a whole number of 9 at most"),
        ({"rooms": "3"}, "'rooms' takes a whole number, not a text"),
        ({"size": "huge"}, "'size' takes small or large, not 'huge'"),
        ({"pets": [{"kind": "cat"}] * 3}, "'pets' takes 2 items at most"),
        ({"pets": [{"kind": "cow"}]}, "'pets.0.kind' takes cat or dog, not 'cow'"),
        ({"pets": [{"kind": "dog"}]}, "'pets.0.name' is missing"),
        ({"pets": [{"kind": "dog", "name": "x"}]}, "'pets.0.name' takes 2 characters or more"),
        ({"doors": {"a": "b"}}, "'doors.*' takes a whole number, not a text"),
        ({"doors": {"A": 1}}, "'doors' has a key that is not small letters"),
        ({"wall": 1}, "'wall' is not known there. There are: id, rooms, size, pets, doors"),
    ],
)
def test_what_does_not_fit_is_said_in_words(value, said):
    """With its place, and with what fits there."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(json.dumps(value), type=Home)
    assert str(unfit(caught.value, Home)) == said


def test_a_body_that_does_not_fit_is_refused_in_these_words():
    """Whoever decodes, and whatever."""
    with pytest.raises(InvalidError, match="'rooms' takes a whole number of 1 or more"):
        codec.decode(Home, b'{"rooms": 0}')
