"""What is secret in dicts and pairs."""

from __future__ import annotations

import pytest

from peninsula.core.addresses import hide_in_addresses


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            'get(url, headers={"Authorization": "Bearer canary", "Accept": "json"})',
            'get(url, headers={"Authorization": "Bearer ********", "Accept": "json"})',
        ),
        ("{'password': 'it\\'s', 'n': 1}", "{'password': '********', 'n': 1}"),
        ("{b'token': b'canary'}", "{b'token': '********'}"),
        ("{'api_key':'cut here", "{'api_key':'********'"),
        ('{"X-Api-Key": f"sk-{x}"}', '{"X-Api-Key": "********"}'),
        ("{'token': None, 'password': ''}", "{'token': None, 'password': ''}"),
        ("get(url, auth=('u', \"canary\"))", "get(url, auth=('u', '********'))"),
        ("get(url, auth = (user, 'canary'))", "get(url, auth = (user, '********'))"),
        ("get(url, auth=(user, password))", "get(url, auth=(user, password))"),
        ("oauth=('u', 'v') 'orders': 'late'", "oauth=('u', 'v') 'orders': 'late'"),
        ('{"password": "a" "b", "n": "m"}', '{"password": "********", "n": "m"}'),
        ("auth=('u', 'a' \"b\")", "auth=('u', '********')"),
        ("connect(password=\"a\" 'b', n='m')", "connect(password=********, n='m')"),
        ('connect(password=f"{user}" "b")', "connect(password=********)"),
        ('self.password = ("a" "b")', "self.password = (********)"),
        ('if password == "canary":', "if password == ********:"),
        ("if 'canary' != user[\"password\"]:", 'if ******** != user["password"]:'),
        ("assert 'canary' == self.token", "assert ******** == self.token"),
        ('user["password"] = "canary"', 'user["password"] = ********'),
        ('if name == "night" and "day" == kind:', 'if name == "night" and "day" == kind:'),
        ('ask(max_tokens="100", passwordless="yes")', 'ask(max_tokens="100", passwordless="yes")'),
    ],
)
def test_texts_are_masked_by_their_keys_and_beside_a_user(text: str, left: str):
    """Other texts stay, and so do names, which tell nothing."""
    assert hide_in_addresses(text) == left
    assert hide_in_addresses(left) == left
