"""Job templates: what their placeholders become, and what is said of bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from peninsula.core.errors import InvalidError
from peninsula.core.job_templates import as_taken, check_template, filled_in

TEMPLATE: dict[str, Any] = {
    "job_configuration": {
        "image": "{{ image }}",
        "command": "run {{ name }} --cpu {{ cpu }}",
        "env": "{{ env }}",
        "node": "{{ node }}",
        "limits": [{"cpu": "{{ cpu }}"}, "{{ node }}"],
        "fixed": 3,
    },
    "variables": {
        "type": "object",
        "properties": {
            "image": {"type": "string", "default": "etl:1"},
            "name": {"type": ["string", "null"], "default": None},
            "cpu": {"type": "number", "default": 0.5},
            "env": {"type": "object", "default": {"A": "1"}},
            "node": {"type": "string"},
        },
    },
}


def test_a_placeholder_alone_becomes_the_value_and_inside_of_a_text_it_becomes_text():
    """What would hold a variable without a value is left out."""
    assert filled_in(TEMPLATE, {"cpu": 2, "env": {"B": "2"}}) == {
        "image": "etl:1",
        "command": "run  --cpu 2",
        "env": {"A": "1", "B": "2"},
        "limits": [{"cpu": 2}],
        "fixed": 3,
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"imagge": "x"}, "no job variable 'imagge'"),
        ({"cpu": "much"}, "'cpu' is a text; the work pool takes a number"),
        ({"cpu": True}, "'cpu' is true or false"),
        ({"env": None}, "'env' is null; the work pool takes an object"),
    ],
)
def test_a_variable_that_does_not_fit_is_named(given, said):
    """With what the pool takes."""
    with pytest.raises(InvalidError, match=said):
        filled_in(TEMPLATE, given)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ([], "The base job template is an array"),
        ({"job": {}}, "has the key 'job'"),
        ({"job_configuration": 3}, "job_configuration is a number"),
        ({"job_configuration": {"a": ["{{ b }}"]}}, r"job_configuration\.a\[0\] names \{\{ b \}\}"),
        ({"variables": {"properties": {"a": 1}}}, "variables.properties.a is a number"),
        ({"variables": {"required": ["a"]}}, "variables.required lists"),
        (
            {"variables": {"properties": {"a": {"type": "string", "default": 1}}}},
            "variables.properties.a.default is a number, not a string",
        ),
    ],
)
def test_a_bad_template_is_refused_by_the_key_at_fault(template, said):
    """When it is made, not when a run is due."""
    with pytest.raises(InvalidError, match=said):
        check_template(template)


def test_the_template_of_processes_is_one():
    """And of nothing given, it has a default for all."""
    from peninsula.workers.process import TEMPLATE as PROCESS  # noqa: PLC0415  of another layer

    check_template(PROCESS)
    assert filled_in(PROCESS, {})["grace_seconds"] == 30


def test_what_is_said_as_json_is_taken_as_what_it_is_where_the_pool_takes_that():
    """A list of words for a command; a number is a text where only that is taken."""
    from peninsula.workers.process import TEMPLATE as PROCESS  # noqa: PLC0415  of another layer

    assert as_taken(PROCESS, "command", ["sh", "-c"], '["sh", "-c"]') == ["sh", "-c"]
    assert as_taken(PROCESS, "command", 5, "5") == "5"
