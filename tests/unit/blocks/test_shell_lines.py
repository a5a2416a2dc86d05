"""Which program a command runs."""

from __future__ import annotations

import pytest

from peninsula.blocks.shell_lines import program_of


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("dbt run", "dbt"),
        ("  /opt/bin/dbt run", "dbt"),
        ("DB=x ENV='a b' dbt run", "dbt"),
        ("KEY=$(cat /run/key) dbt run", "dbt"),
        ("cd warehouse && dbt run > out.log 2>&1", "dbt"),
        ("set -e\nexport A=1\n# why\ndbt run | tee out", "dbt"),
        ("> out.log dbt run", "dbt"),
        ('bash -c "dbt run"', "dbt"),
        ("env A=1 dbt run", "dbt"),
        ('for m in a b; do\n  dbt run -s "$m"\ndone', "dbt"),
        ("if [ -f x ]; then dbt run; fi", "dbt"),
        ('gzip -dc -- "$1" | wc -l', "gzip"),
        ("bash load.sh", "bash"),
        ('"$PROGRAM" run', None),
        ("echo 'not closed", None),
        ("cd /tmp", None),
        ("", None),
        (["dbt", "run"], "dbt"),
        (["/bin/bash", "-lc", "dbt run"], "dbt"),
        (["/usr/bin/env", "python3", "x.py"], "python3"),
    ],
)
def test_it_is_named_behind_what_stands_before_it(command, name):
    """Assignments, shells, what only prepares; None where it is not said."""
    assert program_of(command) == name
