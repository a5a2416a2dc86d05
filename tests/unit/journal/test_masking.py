"""Secrets are found in all that they are written as, and nothing else is changed."""

from __future__ import annotations

import base64
import html
import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from pydantic import SecretBytes
from sqlalchemy import URL

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.life import fit_message
from peninsula.core.records import EventRecord, LogLine, LogRecord
from peninsula.core.texts import MASK
from peninsula.journal import masking
from peninsula.journal.patterns import Patterns, Secret
from peninsula.sdk.masks import learn

SECRET = "pä$s w/rd:1@x\"y\\z'n+-"
RUN = UUID(int=7)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """No secret of another test is known."""
    known, search = dict(masking._known), masking._search
    masking._known.clear()
    masking._search = None
    yield
    masking._known.clear()
    masking._known.update(known)
    masking._search = search


def record(**event: object) -> EventRecord:
    """A record of an event."""
    given = {
        "id": UUID(int=1),
        "occurred": datetime(2026, 1, 31, tzinfo=UTC),
        "event": "orders.read",
        "resource": Resource(id="s3://lake"),
    }
    return EventRecord(number=1, stamp=1, event=Event(**given | event))


def written(secret: str) -> dict[str, str]:
    """The secret in each way that a text may hold it."""
    url = URL.create("postgresql", "etl", secret, "db", database="orders")
    return {
        "plain": f"login with {secret} failed",
        "quoted": quote(secret, safe=""),
        "quoted for paths": quote(secret),
        "plus": quote_plus(secret),
        "lower": quote(secret, safe="").lower() if secret.islower() else quote(secret, safe=""),
        "url": url.render_as_string(hide_password=False),
        "json": json.dumps({"password": secret}),
        "json as it is": json.dumps({"password": secret}, ensure_ascii=False),
        "repr": repr({"password": secret}),
        "json in json": json.dumps(json.dumps({"password": secret})),
        "html": f"<td>{html.escape(secret)}</td>",
        "html by numbers": "".join(x if x.isalnum() else f"&#{ord(x)};" for x in secret),
        "bytes": repr(secret.encode()),
        **{
            f"{name} behind {before}": way((before + secret + after).encode()).decode()
            for name, way in (
                ("base64", base64.b64encode),
                ("urlsafe base64", base64.urlsafe_b64encode),
            )
            for before in ("", "u:", "etl:", "user:")
            for after in ("", "/x")
        },
    }


@pytest.mark.parametrize("secret", ["hunter2hunter", SECRET, "!!&&??§§", "a1b2", "päßwört"])
def test_a_secret_is_masked_however_it_is_written(secret):
    """In a log line, and in an event's payload."""
    masking.register([secret])
    for how, text in written(secret).items():
        line = masking.in_line(LogLine(time=1, level=20, logger="a", message=text))
        payload = Raw(codec.encode({"said": text}))
        for told in (line.message, masking.encoded(record(payload=payload)).decode()):
            assert MASK[:4] in told, how
            for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], text):
                assert form not in told, how


def test_a_text_that_was_cut_in_the_middle_of_a_secret_shows_no_half_of_it():
    """Wherever it was cut."""
    masking.register(["correct-horse-battery"])
    for size in range(4, 20):
        message = fit_message("x" * (4095 - size - 1) + "correct-horse-battery and more" * 9)
        told = masking.encoded(record(payload=Raw(codec.encode({"message": message}))))
        assert b"corr" not in told


def test_names_and_ids_stay_where_the_secret_is_a_word():
    """A password may be the name of a bucket; one that nobody would give as a name is masked."""
    masking.register(["lake", "s3cret-token"])
    resource = Resource(id="s3://lake/s3cret-token", name="lake", labels={"a": "lake"})
    related = (Related(id="peninsula.block-document.lake", role="uses", name="s3/s3cret-token"),)
    told = json.loads(masking.encoded(record(resource=resource, related=related)))["event"]
    assert told["resource"] == {"id": f"s3://lake/{MASK}", "name": "lake", "labels": {"a": "****"}}
    assert told["related"][0]["id"] == "peninsula.block-document.lake"
    assert told["related"][0]["name"] == f"s3/{MASK}"


def test_ids_moments_and_words_of_our_own_stay_in_payloads():
    """What a run is does not change, whatever the password is."""
    masking.register(["RUNNING", "4e8f", "2026", "nightly"])
    payload = {
        "type": "RUNNING",
        "message": "RUNNING nightly",
        "born": {"flow": "nightly", "root": "0192f3c4-7a1b-7c3d-4e8f-0123456789ab"},
        "at": "2026-01-31T02:13:00Z",
    }
    told = masking.encoded(
        record(event="peninsula.flow-run.running", payload=Raw(codec.encode(payload)))
    )
    changed = payload | {"message": f"{MASK[:7]} {MASK[:7]}"}
    assert json.loads(told)["event"]["payload"] == changed


def test_each_line_of_a_key_is_masked_by_itself():
    """But not the line that all keys begin with."""
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END-----\n"
    masking.register([key])
    assert masking.hide("got kqhkiG9w0BAQEF!") == f"got {MASK}!"
    assert masking.hide(f"got {key}!") == f"got {MASK}!"
    assert masking.hide("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_a_long_text_is_searched_in_time_that_grows_with_it():
    """What looks like base64 all the way is not tried from each of its characters on."""
    masking.register(["hunter2hunter", "another-secret-1"])
    inside = base64.b64encode(b"a" * 300 + b"hunter2hunter").decode()
    text = "x" * 400_000 + " " + inside
    assert masking.hide(text) == "x" * 400_000 + f" {MASK}"


def test_secret_bytes_are_masked_as_python_writes_them():
    """With escapes in the place of what is no ASCII, so that the text of it is not there."""
    learn(SecretBytes("pässwörd".encode()))
    learn(SecretBytes(b"\xff\x00raw-key"))
    for secret in ("pässwörd".encode(), b"\xff\x00raw-key"):
        assert masking.hide(f"login as {secret!r}") == f"login as b'{MASK}'"


def test_a_long_line_of_slashes_is_searched_in_time_that_grows_with_it():
    """A path that has no query is not tried from each of its slashes on."""
    text = "https:" + "/" * 400_000
    line = LogLine(time=1, level=20, logger="x", message=f"{text} {text}?key=canary")
    assert masking.in_line(line).message == f"{text} {text}?{MASK}"


def test_what_is_too_short_is_not_masked():
    """It would be found in half of all words."""
    masking.register(["abc", ""])
    assert masking.known() == ()
    assert masking.hide("abc") == "abc"


def test_a_record_without_a_secret_is_encoded_as_it_is():
    """Byte for byte: nothing is written anew."""
    masking.register(["hunter2hunter"])
    one = record(payload=Raw(b'{ "a" : 1.50, "b":"x/y \\u00e9" }'))
    assert masking.encoded(one) == codec.encode(one)


def test_a_large_body_is_masked_whole():
    """Before it is cut into chunks and hashed; numbers stay as they were written."""
    masking.register(["hunter2hunter"])
    body = b'{"a": 1.50, "b": ["hunter2hunter", 12345678901234567890123]}'
    assert masking.hide_in_json(body) == body.replace(b"hunter2hunter", b"********")


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(
    secret=st.text(st.characters(exclude_categories=("Cs",)), min_size=4, max_size=40), around=TEXTS
)
def test_masked_json_is_json_that_is_no_longer_and_has_no_secret(secret, around):
    """For every secret, in values and between other characters."""
    patterns = Patterns([Secret(secret)])
    value = {"a": around + secret + around, "b": [1.5, None, around]}
    body = codec.encode(value)
    masked = patterns.json(body)
    told = json.loads(masked)
    assert len(masked) <= len(body)
    assert told["b"][:2] == [1.5, None]
    if set(secret) != {"*"}:
        assert secret not in told["a"] or secret in (around + MASK + around)


def test_secrets_registered_by_many_threads_are_all_known():
    """None is lost where two come at once."""
    secrets = [f"secret-{number:03}" for number in range(200)]
    random.Random(1).shuffle(secrets)
    threads = [
        threading.Thread(target=lambda part=part: [masking.register([one]) for one in part])
        for part in (secrets[start::8] for start in range(8))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = tuple(
        LogLine(time=1, level=20, logger="a", message=f"<{secret}>") for secret in secrets
    )
    told = masking.encoded(LogRecord(number=1, stamp=1, run=RUN, root=RUN, lines=lines))
    assert b"secret-" not in told
