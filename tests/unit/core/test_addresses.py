"""What is secret in addresses is masked, or taken out of them and put back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.addresses import (
    filled,
    has_login,
    hide_in_addresses,
    parted,
    parts_of,
    password_apart,
)
from peninsula.core.texts import MASK

PARTS = [
    "//",
    "https://",
    "a:b@",
    "c@",
    "db",
    ":54/",
    "?token=",
    "&page=1",
    " password=",
    "'",
    MASK,
]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql://etl:pw@db/orders", "postgresql://********@db/orders"),
        ("postgresql://etl@db/orders", "postgresql://etl@db/orders"),
        ("mysql://etl:p@ss@db", "mysql://********@db"),
        ("redis://:pw@cache:6379/0", "redis://********@cache:6379/0"),
        ("to https://ghp_abc@github.com/a/b.git", "to https://********@github.com/a/b.git"),
        ("git+https://t@h.org/x", "git+https://********@h.org/x"),
        ("https://h.org/a@b and c@d", "https://h.org/a@b and c@d"),
        ("ssh://git@h.org/a", "ssh://git@h.org/a"),
        ("{'https://h.org','a@b'}", "{'https://h.org','a@b'}"),
        (
            "with url: /bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage (Caused by x)",
            "with url: /********/sendMessage (Caused by x)",
        ),
        (
            "https://api.telegram.org/file/bot110201543%3AAAHdqTcvCH1vGWJxfSe_fSAs/a.jpg",
            "https://api.telegram.org/file/********/a.jpg",
        ),
        (
            "for url 'https://hooks.slack.com/services/T01AB/B02CD/aBcDeFgHiJkLmNoPqRsTuVwX'",
            "for url 'https://hooks.slack.com/services/T01AB/B02CD/********'",
        ),
        (
            "/api/webhooks/112233445566778899/abcDEF-ghi_JKLmnoPQRstuVWXyz0123456789ABC/slack",
            "/api/webhooks/112233445566778899/********/slack",
        ),
        (
            "https://acme.office.com/a@b/IncomingWebhook/0123456789abcdef0123456789abcdef/1-2 no",
            "https://acme.office.com/a@b/IncomingWebhook/******** no",
        ),
        (
            "GET /download/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-123 HTTP/1.1",
            "GET /download/******** HTTP/1.1",
        ),
        ("/robots.txt /bots/110201543 /bot/help", "/robots.txt /bots/110201543 /bot/help"),
        ("/services/Tables/Books/orders", "/services/Tables/Books/orders"),
        ("/orders/ch_3MmlLrLkdIwHu7ix0snN0B15", "/orders/ch_3MmlLrLkdIwHu7ix0snN0B15"),
        ("GET https://h.org/a?x=1 HTTP/1.1", "GET https://h.org/a?******** HTTP/1.1"),
        ('"GET /orders?api_key=1 HTTP/1.1" 200', '"GET /orders?******** HTTP/1.1" 200'),
        ("orders?page=1&X-Api-Key=abc&n=2", "orders?page=1&X-Api-Key=********&n=2"),
        ("why? because of /a/b?", "why? because of /a/b?"),
        ('redis.Redis(password="a\'b\\"c", db=0)', "redis.Redis(password=********, db=0)"),
        ("connect(host='db', api_key = b'abc'", "connect(host='db', api_key = ********"),
        ("Client(token='cut here", "Client(token=********"),
        ("Client(api_key=f'sk-123{x}', n=1)", "Client(api_key=********, n=1)"),
        ('Client(api_key=rf"{one}{two}", n=1)', 'Client(api_key=rf"{one}{two}", n=1)'),
        ("Client(api_key=B'sk-123', n=R'1')", "Client(api_key=********, n=R'1')"),
        ('Client(api_key="""sk\n"-"123""", n=1)', "Client(api_key=********, n=1)"),
        ('Client(api_key="""sk-123\n  in f', "Client(api_key=********\n  in f"),
        ('Client(api_key="sk\\\n-123", token="""""")', 'Client(api_key=********, token="""""")'),
        ("Client(auth='basic', signature='(x)')", "Client(auth='basic', signature='(x)')"),
        ("of(x, password=password, token='')", "of(x, password=password, token='')"),
        ("//etl:pw@db/orders", "//********@db/orders"),
        ("is etl:p@s:s@db:5432/orders", "is etl:********@db:5432/orders"),
        ("etl:pw@[::1]:5432", "etl:********@[::1]:5432"),
        ("mysql://etl:p/w?@db/orders", "mysql://********@db/orders"),
        ("mysql://etl:p/w@2026@db/orders@x", "mysql://********@db/orders@x"),
        ("http://h.org:8080/a@b", "http://h.org:8080/a@b"),
        (
            "mailto:a@b.org, nginx:1.2@sha256:0123456789ab",
            "mailto:a@b.org, nginx:1.2@sha256:0123456789ab",
        ),
        ("page=1&token=abc", "page=1&token=********"),
        ("to https://h.org/#access_token=abc.", "to https://h.org/#access_token=********"),
        ("Server=db;Pwd=abc;Uid=etl", "Server=db;Pwd=********;Uid=etl"),
        ("host=db password='a b' user=etl", "host=db password=******** user=etl"),
        ("connect(host=db, password=word)", "connect(host=db, password=word)"),
    ],
)
def test_what_may_be_secret_in_addresses_is_masked(text: str, left: str):
    """Users with passwords, what stands alone before a host of HTTP, queries."""
    assert hide_in_addresses(text) == left


@pytest.mark.parametrize(
    "part",
    [
        *("://:", "://a@", "/?a=", "?a=b&", "://" + "a:" * 50, "a:@b", "a:b@c ", "//a:@b", "?a=)"),
        *("password=' ", "a password=)", ";a=", "//a:'", "&" + "a" * 50),
        *(
            "/bot1234567:",
            "/services/T1/B1/",
            "/webhooks/1234567/",
            "/eyJabcdefgh.abcdefgh",
            "password='",
            'token="\\',
            'token="""\\',
            "token='''a\n",
            'token=f"{',
            "/eyJ",
        ),
    ],
)
def test_no_text_takes_long_to_be_searched(part: str):
    """What grows faster than its text would take minutes for these."""
    hide_in_addresses(part * (200_000 // len(part)))


@pytest.mark.parametrize(
    ("text", "shown", "secrets"),
    [
        ("postgresql://etl:p@ss@db/o", "postgresql://etl:********@db/o", ("p@ss",)),
        ("postgresql://etl@db/orders", "postgresql://etl@db/orders", ()),
        ("https://ghp_abc@h.org/a?page=1", "https://********@h.org/a?page=1", ("ghp_abc",)),
        (
            "mysql://a:b@h?ssl=1&sslpassword=c",
            "mysql://a:********@h?ssl=1&sslpassword=********",
            ("b", "c"),
        ),
        ("etl:pw@db:5432", "etl:********@db:5432", ("pw",)),
        ("host=db password='a b'", "host=db password=********", ("'a b'",)),
        ("mysql://etl:p/w@26@db/o", "mysql://etl:********@db/o", ("p/w@26",)),
        ("https://etl:p@s/w@db/o", MASK, ("https://etl:p@s/w@db/o",)),
        ("https://a:********@db/o@x", "https://a:********@db/o@x", (MASK,)),
        ("?token=//&page=1a:b@", MASK, ("?token=//&page=1a:b@",)),
    ],
)
def test_what_is_secret_in_an_address_is_apart(text: str, shown: str, secrets: tuple[str, ...]):
    """All else stays readable, so that it can be changed."""
    assert parted(text) == (shown, secrets)


@pytest.mark.parametrize(
    ("address", "shown", "password"),
    [
        ("postgresql+psycopg://etl:pw@db:5432/o", "postgresql+psycopg://etl@db:5432/o", "pw"),
        ("postgresql://etl:%40%3A%2F%25%23@db/o", "postgresql://etl@db/o", "@:/%#"),
        ("postgresql://etl:a@b:c%d'e@db/o", "postgresql://etl@db/o", "a@b:c%d'e"),
        ("postgresql://etl:a/b#c@db/o", "postgresql://etl@db/o", "a/b#c"),
        ("redis://:pw@cache", "redis://@cache", "pw"),
        ("postgresql://etl:@db/o?a=1", "postgresql://etl@db/o?a=1", ""),
        ("postgresql://etl@db:5432/o", "postgresql://etl@db:5432/o", None),
        ("trino://jo@acme.org@db/o", "trino://jo@acme.org@db/o", None),
        ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db", None),
        ("db", "db", None),
    ],
)
def test_the_password_of_an_address_is_apart_as_it_is_meant(address, shown, password):
    """The user stays, and so does all that follows."""
    assert password_apart(address) == (shown, password)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://etl:Sum/mer@2026@db/o",
        "postgresql://etl:Sum@mer/2026@db/o",
        "postgresql://etl:Sum@mer?a=2026@db/o",
        "postgresql://etl:@/mer@db/o",
        "postgresql://etl:26/mer@db/o",
        "postgresql://etl@azure:pw@db/o",
        "oracle://scott/tiger@db/o",
        "etl:pw@db/o",
        "https://npm.internal:8080/@acme/lake",
    ],
)
def test_an_address_that_may_keep_a_part_of_its_password_is_none(address):
    """There is another @, or a colon in a login without one."""
    assert password_apart(address) is None


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        *(
            (f"https://e:{password}@h/x", True)
            for password in ("a", "a/b", "1/b", "a#b", "[a", "℀")
        ),
        ("https://token@h", True),
        ("https://h:80/@a", True),
        *((f"https://{plain}", False) for plain in ("h", "h:80/a", "h/@a", "[::1]:80", "h/a:b@c")),
        ("etl@h", False),
    ],
)
def test_what_may_be_of_a_login_is_known(address, answer):
    """A password that is not quoted, too; without one a user may count for none."""
    assert has_login(address) is answer
    assert has_login(address, user_counts=False) is (answer and "token" not in address)


@pytest.mark.parametrize(
    "address", ["redis://:[pw]@h", "redis://:p[w@h", "redis://:℀@h", "http://h:p/@"]
)
def test_what_is_no_address_has_no_parts(address):
    """Nothing is raised, whose words would repeat the password."""
    assert parts_of(address) is None


@given(st.text("a:@/?&;=' *", max_size=40) | st.lists(st.sampled_from(PARTS)).map("".join))
def test_what_is_taken_out_of_a_text_is_put_back(text: str):
    """Whatever the text; what is shown of it has masks in the places of all that was taken."""
    shown, secrets = parted(text)
    assert secrets or shown == text
    assert not secrets or filled(shown, secrets) == text
    assert shown == MASK or parted(shown) == (shown, (MASK,) * len(secrets))
