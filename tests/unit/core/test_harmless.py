"""What is secret in JSON and texts of others is masked, and nothing else."""

from __future__ import annotations

import pytest

from peninsula.core.harmless import harmless, harmless_text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def failed", "Authorization: Bearer ******** failed"),
        ("{'Proxy-Authorization': 'Basic YTpi'}", "{'Proxy-Authorization': 'Basic ********'}"),
        ("authorization=abc; next", "authorization=********; next"),
        ("X-Api-Key: abc", "X-Api-Key: ********"),
        ("x-amz-security-token: abc, y", "x-amz-security-token: ********, y"),
        ("Cookie: a=b; session=c\nHost: h", "Cookie: ********\nHost: h"),
        ("GET https://a:b@h/x?y=1", "GET https://********@h/x?********"),
        ("unexpected token: ]", "unexpected token: ]"),
        ("Authorization failed: no user", "Authorization failed: no user"),
        ("a bearer of news", "a bearer of news"),
    ],
)
def test_headers_and_addresses_of_a_text_are_masked(text: str, left: str):
    """And other texts stay as they are."""
    assert harmless_text(text) == left


@pytest.mark.parametrize("value", [[], {}, None, 5, [[]], ["password", "a"], {"name": 5}, [["a"]]])
def test_what_names_no_secret_stays(value: object):
    """Whatever its shape."""
    assert harmless(value) == value
    assert harmless({"value": value}) == {"value": value}
