"""What an abbreviated id stands for."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import ids
from peninsula.core.errors import InvalidError
from peninsula.core.filters import RunFilter, matches_run
from peninsula.core.runs import NO_PARAMETERS, Run, RunKind
from peninsula.core.states import State, StateType
from tests.support.make import START


@given(st.uuids(), st.uuids(), st.integers(1, 36))
def test_a_range_holds_exactly_the_ids_that_begin_so(one: UUID, other: UUID, length: int):
    """An id is within the range of a prefix if, and only if, its text begins with the prefix."""
    prefix = str(one)[:length]
    least, greatest = ids.range_of(prefix)
    assert least <= one <= greatest
    assert (least <= other <= greatest) == str(other).startswith(prefix.rstrip("-"))


@pytest.mark.parametrize("text", ["", "-", "xyz", "0192g", "0" * 33, "%%"])
def test_what_is_no_prefix_is_refused(text: str):
    """Anything but 1 to 32 hexadecimal digits, dashes aside, is an error that says so."""
    with pytest.raises(InvalidError, match="hexadecimal"):
        ids.range_of(text)


@given(st.uuids(), st.uuids())
def test_a_filter_means_the_runs_whose_ids_begin_so(one: UUID, other: UUID):
    """The filter agrees with the text of the id."""
    for run in (one, other):
        wanted = RunFilter(id_prefix=str(one)[:6])
        assert matches_run(wanted, _run(run)) == str(run).startswith(str(one)[:6])


def _run(id_: UUID) -> Run:
    return Run(
        id=id_,
        kind=RunKind.FLOW_RUN,
        name="brisk-otter",
        flow="nightly",
        flow_id=None,
        task=None,
        key=None,
        parent=None,
        root=id_,
        tags=(),
        parameters=NO_PARAMETERS,
        state=State(type=StateType.RUNNING, name="Running", timestamp=START),
        created=START,
        expected=START,
        started=START,
        ended=None,
        attempts=1,
        retries=0,
        start=1,
        version=None,
        code=None,
        deployment=None,
        process=None,
    )
