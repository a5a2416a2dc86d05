"""Each public name is on a page of the Python reference, and says what it is."""

from __future__ import annotations

from importlib import import_module

import griffe
import pytest

import peninsula
from scripts import block_reference, python_reference
from tests.unit.sdk.test_surface import FACADES

PAGES = python_reference.pages()
BLOCKS = block_reference.pages()
PLACES = {place for places in python_reference.PLACES.values() for place in places}


@pytest.fixture(scope="module")
def package() -> griffe.Object:
    """Peninsula as mkdocstrings sees it."""
    return griffe.load("peninsula", search_paths=["src"])


def test_the_pages_are_what_the_code_says():
    """After a change: .venv/bin/python scripts/python_reference.py."""
    files = python_reference.FOLDER.glob("*.md")
    assert {path.name: path.read_text() for path in files} == PAGES


def test_the_pages_of_blocks_are_what_their_classes_say():
    """After a change: .venv/bin/python scripts/block_reference.py."""
    files = block_reference.FOLDER.glob("*.md")
    assert {path.name: path.read_text() for path in files} == BLOCKS


def test_every_public_place_has_a_page():
    """The package itself, and all that users import from."""
    assert {"peninsula", *FACADES} == PLACES


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_name_of_a_place_is_on_a_page(place: str):
    """With its documentation, or with a link to it."""
    text = "\n".join([*PAGES.values(), *BLOCKS.values()])
    for name in import_module(place).__all__:
        assert f"::: {place}.{name}\n" in text or f"- `{name}`: [`" in PAGES["peninsula.md"]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_name_of_a_place_says_what_it_is(place: str, package: griffe.Object):
    """And so does every method of a class."""
    for name in import_module(place).__all__:
        found = package[f"{place}.{name}".removeprefix(f"{peninsula.__name__}.")]
        assert found.has_docstring, f"{place}.{name}"
        for member in found.members.values() if found.is_class else ():
            if member.is_function and not member.name.startswith("_"):
                assert member.has_docstring, f"{place}.{name}.{member.name}"
