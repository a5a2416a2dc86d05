"""Names that users make of anything fit into records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.events import check_text
from peninsula.core.secret_names import is_secret_name
from peninsula.core.texts import one_line


@given(st.text(max_size=3_000) | st.text("😀ä\n ", max_size=3_000))
def test_a_name_is_one_that_records_take(text: str):
    """Whatever the text is, the name made of it passes the check that a server makes."""
    name = one_line(text, "default")
    check_text("name", name)


def test_a_name_of_wide_characters_is_cut_by_its_bytes():
    """A thousand emoji are within the limit of characters and over that of bytes."""
    name = one_line("😀" * 1_000, "default")
    check_text("name", name)
    assert name.startswith("😀" * 600)
    assert name.endswith("…")


def test_what_has_nothing_left_is_the_default():
    """A name of blanks alone is none."""
    assert one_line("\n \t", "default") == "default"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *((name, True) for name in ("password", "X-Api-Key", "Set-Cookie", "apikey", "api.key")),
        *((name, True) for name in ("Ocp-Apim-Subscription-Key", "connection_string", "db_token")),
        *((name, False) for name in ("key", "aws_access_key_id", "private_key_id", "sort-key")),
        ("db_token", True),
        ("token_uri", False),
        ("OAUTH-TOKEN-URL", False),
        *((name, True) for name in ("api_tokens", "tokens", "minio_tokens", "max_tokens_password")),
        *((name, False) for name in ("max_tokens", "maxOutputTokens", "gen_ai.usage.input_tokens")),
        *((name, False) for name in ("token_count", "tokens_per_minute", "tokenizer")),
        ("passwordless", False),
    ],
)
def test_a_secret_is_known_by_its_name(name: str, secret: bool):
    """As fields, parameters and headers are called."""
    assert is_secret_name(name) == secret
