"""Statements and errors without the values in them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from peninsula.blocks.sql_texts import hide_values, shape


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM t1 WHERE a = 'x''y' AND b=-2.5e3", "SELECT * FROM t1 WHERE a = ? AND b=?"),
        ("SELECT :day, $1, t.c2  FROM\n\tt", "SELECT :day, $1, t.c2 FROM t"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (?, …)"),
        ("DELETE FROM t WHERE id IN (1,2, 3)", "DELETE FROM t WHERE id IN (?, …)"),
        ("SELECT E'a\\'b', $x$it's$x$, $$1$$", "SELECT ?, ?, ?"),
        ("SELECT 1 -- for bob\n/* a 'note' */ FROM t", "SELECT ? FROM t"),
        ("ALTER USER etl PASSWORD 'never ended", "ALTER USER etl PASSWORD ?"),
        ('SELECT "Col 1" FROM "t 2"', 'SELECT "Col 1" FROM "t 2"'),
        ("", ""),
    ],
)
def test_values_are_cut(statement: str, told: str):
    """Texts, numbers, lists and comments; names stay."""
    assert shape(statement) == told


def test_what_is_long_is_cut():
    """An event has room for the beginning."""
    assert len(shape("SELECT a" + ", a" * 1_000)) <= 500


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("failed to resolve host 'db.internal': no", "failed to resolve host 'db.internal': no"),
        ("Can't connect to server on 'db' (2)", "Can't connect to server on 'db' (2)"),
        ("required for bind parameter 'day'", "required for bind parameter 'day'"),
        ("Duplicate entry 'a@b.c' for key", "Duplicate entry ? for key"),
        ("value 'abc' is none, it's said", "value ? is none, it's said"),
    ],
)
def test_an_error_keeps_names_and_no_values(said: str, left: str):
    """Which host is not reached, or which parameter is missing, is what has to be mended."""
    error = OperationalError("SELECT 1", {}, Exception(said))
    hide_values(error)
    assert error.args == (f"(builtins.Exception) {left}",)
