"""Queries: what people write is read as they mean it, and refused with the place where not."""

from __future__ import annotations

import fnmatch
import re
import shlex
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.errors import InvalidError
from peninsula.core.terms import Field, Source, Term, parse, type_matches, write

RUN = "0192f3c4-7a1b-7c3d-9e8f-0123456789ab"

VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
TERMS = st.one_of(
    st.builds(
        Term,
        st.sampled_from([Field.TYPE, Field.ROLE, Field.KIND, Field.TEXT]),
        VALUES,
        st.booleans(),
    ),
    st.builds(
        Term,
        st.sampled_from([Field.RESOURCE, Field.RELATED, Field.INVOLVES]),
        VALUES.filter(lambda text: not text.endswith("*")),
        st.booleans(),
    ),
    st.builds(Term, st.just(Field.SOURCE), st.sampled_from(Source).map(str), st.booleans()),
    st.builds(Term, st.just(Field.RUN), st.uuids().map(str), st.booleans()),
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        (
            "resource:s3://lake type:*failed -source:flow",
            [
                Term(Field.RESOURCE, "s3://lake"),
                Term(Field.TYPE, "*failed"),
                Term(Field.SOURCE, "flow", negated=True),
            ],
        ),
        ("Access Denied", [Term(Field.TEXT, "Access"), Term(Field.TEXT, "Denied")]),
        ('"Access \\"Denied\\""', [Term(Field.TEXT, 'Access "Denied"')]),
        ('-"a b"', [Term(Field.TEXT, "a b", negated=True)]),
        ('ROLE:"reads from"', [Term(Field.ROLE, "reads from")]),
        ("https://api.github.com", [Term(Field.TEXT, "https://api.github.com")]),
        ("s3://lake 12:30 -", [Term(Field.TEXT, w) for w in ("s3://lake", "12:30", "-")]),
        (f"run:{RUN.upper()}", [Term(Field.RUN, RUN)]),
        ("a a", [Term(Field.TEXT, "a")]),
    ],
)
def test_a_query_is_read_as_it_is_meant(text, terms):
    """Fields, words, quotes, what must not hold; addresses are words, and twice is once."""
    assert list(parse(text)) == terms


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("a resourse:x", 2, "Fields are type, resource"),
        ("a type:", 2, "no value"),
        ('type:""', 0, "no value"),
        ('a "b', 2, "quote"),
        ('a b"c"', 2, "quote"),
        ("source:me", 0, "Sources are flow, server, outside"),
        ("run:123", 0, "whole id"),
        ("type:x resource:s3://lake/*", 7, "A system stands for all"),
        ("x" * 2000, 0, "too many"),
    ],
)
def test_a_bad_query_is_refused_with_the_place_and_the_fix(text, place, problem):
    """The place is in the message for people, and in the details for programs."""
    with pytest.raises(InvalidError, match=problem) as refused:
        parse(text)
    assert refused.value.details == {"at": place}
    assert f"character {place + 1}," in refused.value.message


def test_too_many_terms_are_refused():
    """A query is bounded work."""
    with pytest.raises(InvalidError, match="51 terms"):
        parse(" ".join(f"word{place}" for place in range(51)))


@given(st.lists(TERMS, max_size=8, unique=True))
def test_what_is_written_is_read_again(terms):
    """Whatever the values are."""
    assert parse(write(terms)) == tuple(terms)


@given(st.lists(st.from_regex(re.compile(r"[a-z0-9.]{1,6}", re.ASCII), fullmatch=True)))
def test_words_are_what_a_shell_would_see(words):
    """With any spaces between them."""
    text = "  ".join(words)
    assert [term.value for term in parse(text)] == list(dict.fromkeys(shlex.split(text)))


@given(st.text("ab*.", max_size=8), st.text("ab.", max_size=12))
def test_a_star_is_anything(pattern, name):
    """As in file names, where only `*` is special."""
    assert type_matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    """Never anything else."""
    with suppress(InvalidError):
        assert all(term.value for term in parse(text))
