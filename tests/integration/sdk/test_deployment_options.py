"""What the deployment of a flow says, before any server knows it."""

from __future__ import annotations

import pytest

from peninsula import flow
from peninsula.core.errors import InvalidError


@flow
def etl() -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("given", "limit", "strategy"),
    [
        (2, 2, "ENQUEUE"),
        ({"limit": 2}, 2, "ENQUEUE"),
        ({"limit": 1, "collision_strategy": "CANCEL_NEW"}, 1, "CANCEL_NEW"),
    ],
)
def test_a_limit_of_runs_is_a_number_or_a_mapping(given, limit, strategy):
    """As `peninsula.yaml` takes it."""
    wanted = etl.to_deployment("nightly", concurrency_limit=given).wanted
    assert (wanted.concurrency_limit, wanted.collision_strategy) == (limit, strategy)


@pytest.mark.parametrize("given", ["2", {"limit": "2"}, {"collision_strategy": "ENQUEUE"}, 1.5])
def test_what_is_no_limit_of_runs_is_refused(given):
    """With what to give."""
    with pytest.raises(InvalidError, match=r"concurrency_limit: .* Give a number, or"):
        etl.to_deployment("nightly", concurrency_limit=given)
