"""The summary of parameters that a run is given as JSON holds nothing that is secret."""

from __future__ import annotations

import json

from peninsula.core.parameters import summarize_json


def test_the_password_beside_a_user_is_masked():
    """At the top and below; the user stays."""
    given = {"auth": ["etl", "canary"], "options": {"auth": ["ada", "canary"], "hosts": ["a", "b"]}}
    assert json.loads(bytes(summarize_json(given, frozenset()))) == {
        "auth": ["etl", "********"],
        "options": {"auth": ["ada", "********"], "hosts": ["a", "b"]},
    }
