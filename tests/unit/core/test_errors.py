"""Every error has a code of its own, its place in the tree, and crosses processes whole."""

from __future__ import annotations

import pickle
import re

import pytest

from peninsula.core import errors
from peninsula.core.errors import PeninsulaError, RunFailedError

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_crosses_processes_whole(kind: type[PeninsulaError]):
    """Type, message, code and details, whatever the details are called."""
    details = {"committed": 3, "message": "m", "self": [1], "kind": None}
    error = pickle.loads(pickle.dumps(kind("No run. Make one.", **details)))
    assert type(error) is kind
    assert str(error) == error.message == "No run. Make one."
    assert (error.code, error.details) == (kind.code, details)


class OwnError(RunFailedError):
    """A user's subclass, which takes other arguments."""

    def __init__(self, table: str, rows: int) -> None:
        """Say what is wrong with the table."""
        super().__init__(f"{table} has {rows} rows.", rows=rows)


def test_an_error_of_a_users_own_crosses_processes_too():
    """Its class decides on its arguments, not we."""
    error = pickle.loads(pickle.dumps(OwnError("orders", 0)))
    assert (type(error), str(error)) == (OwnError, "orders has 0 rows.")
    assert error.details == {"rows": 0}


def test_codes_are_unique():
    """A program tells errors apart by code."""
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    """With the codes it shows."""
    assert errors.__doc__ is not None
    drawn = re.findall(r"[├└]── (\w+) +(.*)", errors.__doc__)
    root, *leaves = drawn
    assert root[0] == "PeninsulaError"
    for name, text in leaves:
        kind = getattr(errors, name)
        assert kind.__bases__[0] is PeninsulaError
        assert text.startswith(f'"{kind.code}"')
    assert sorted(name for name, _ in drawn) == errors.__all__


def test_errors_that_python_has_a_name_for_are_those_too():
    """`except TimeoutError` catches a run that took too long."""
    assert issubclass(errors.RunTimeoutError, TimeoutError)
    assert issubclass(errors.ParameterError, TypeError)
