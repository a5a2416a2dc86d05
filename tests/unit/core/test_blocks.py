"""Data of blocks: what is secret of it is taken out, and put back."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import blocks, data_places, secret_places
from peninsula.core.errors import InvalidError
from peninsula.core.texts import MASK

KEYS = st.sampled_from(["a", "b", "c"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(
    st.lists(KEYS | st.just("*"), min_size=1, max_size=3).map(".".join), max_size=3, unique=True
)


@given(data=st.dictionaries(KEYS, JSON, max_size=3), paths=PATHS)
def test_what_is_split_is_joined_again(data: dict[str, Any], paths: list[str]):
    """Whatever is secret, and however secrets lie in one another; the data given is not changed."""
    before = json.dumps(data)
    masked, secrets = secret_places.split(data, paths)
    assert json.dumps(data) == before
    assert secret_places.join(masked, secrets) == data


@pytest.mark.parametrize(
    ("path", "masked", "places"),
    [
        ("a", {"a": MASK, "b": ["x", ""]}, ["a"]),
        ("b.*", {"a": {"k": "v"}, "b": [MASK, ""]}, ["b.0"]),
        ("a.k", {"a": {"k": MASK}, "b": ["x", ""]}, ["a.k"]),
        ("a.*", {"a": {"k": MASK}, "b": ["x", ""]}, ["a.k"]),
        ("a.other", {"a": {"k": "v"}, "b": ["x", ""]}, []),
        ("b.k", {"a": {"k": "v"}, "b": ["x", ""]}, []),
    ],
)
def test_a_path_names_what_is_secret(path: str, masked: object, places: list[str]):
    """A star is any key or position; what is empty is not set."""
    found, secrets = secret_places.split({"a": {"k": "v"}, "b": ["x", ""]}, [path])
    assert found == masked
    assert [data_places.written(place) for place in secrets] == places


def test_a_place_names_one_value_that_is_secret():
    """Whatever is in its keys; what a path masks already is masked once."""
    data = {"a.b": [{"*": "x", "y": "z"}], "p": {"q": "r"}}
    masked, secrets = secret_places.split(data, ["p"], [("a.b", 0, "*"), ("p",), ("p", "q")])
    assert masked == {"a.b": [{"*": MASK, "y": "z"}], "p": MASK}
    assert secrets == {("a.b", 0, "*"): "x", ("p",): {"q": "r"}}


@pytest.mark.parametrize("place", [("b",), ("a", 0), ("a", "k", "l")])
def test_a_place_that_the_data_has_not_is_refused(place: data_places.Place):
    """What was meant by it would be kept in clear."""
    with pytest.raises(InvalidError, match="Name the place of a value"):
        secret_places.split({"a": {"k": "v"}}, [], [place])


def test_a_mask_stands_for_a_secret_wherever_it_is():
    """So that a form may give back what it was shown."""
    assert secret_places.split({"a": [MASK]}, []) == ({"a": [MASK]}, {("a", 0): MASK})


def test_of_an_address_its_password_is_secret():
    """Whatever field it is in; with masks in it, it is what it was, if as many were there."""
    data = {"dsn": "mysql://etl:canary@db", "urls": ["etl:canary@db:1/x", "mysql://db"]}
    masked, secrets = secret_places.split(data, [])
    assert masked == {
        "dsn": "mysql://etl:********@db",
        "urls": ["etl:********@db:1/x", "mysql://db"],
    }
    assert secrets == {("dsn",): ("canary",), ("urls", 0): ("canary",)}
    assert secret_places.join(masked, secrets) == data
    changed, found = secret_places.split({"dsn": "mysql://etl:********@other"}, [])
    kept = {place: secret_places.kept(one, secrets[place]) for place, one in found.items()}
    assert secret_places.join(changed, kept) == {"dsn": "mysql://etl:canary@other"}
    assert secret_places.kept((MASK, MASK), ("canary",)) is None


def test_only_references_as_prefect_writes_them_are_references():
    """A JSON schema in a block has `$ref`, too."""
    id_ = UUID(int=5)
    data = {
        "a": blocks.reference(id_),
        "b": [{"$ref": "#/$defs/A"}, {"$ref": {"block_document_id": str(id_)}, "more": 1}],
        "c": [{"d": blocks.reference(id_)}],
    }
    assert blocks.references(data) == {("a",): id_, ("c", 0, "d"): id_}


def test_the_same_fields_have_the_same_checksum_in_any_order():
    """And others another."""
    one = blocks.checksum_of({"a": 1, "b": {"c": 2, "d": 3}})
    assert one == blocks.checksum_of({"b": {"d": 3, "c": 2}, "a": 1})
    assert one != blocks.checksum_of({"b": {"d": 3, "c": 2}})
