"""An id names one thing, the same each time, and tells no secret."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from peninsula.core import limits
from peninsula.core.errors import InvalidError
from peninsula.core.events import check_event, check_text
from peninsula.core.resources import clean_uri, is_run, kind_of, own, run_uuid, system_of
from tests.support.make import event

# --- cleaning ------------------------------------------------------------------------------------

SCHEMES = [
    "http", "HTTPS", "s3", "s3a", "gs", "az", "abfss", "file", "postgresql", "postgres",
    "postgresql+psycopg", "mysql", "mongodb+srv", "redis", "kubernetes", "snowflake", "git+ssh",
]  # fmt: skip

secrets = st.text("QZXJ019", min_size=8, max_size=12)
"""Drawn from characters that nothing else here is made of."""

words = st.text("abc-_.~%é ", max_size=9)
hosts = st.sampled_from(["db", "DB.Internal", "[::1]", "[FE80::1%25eth0]", "lake", "h-1,h-2:27017"])
paths = st.lists(words).map(lambda segments: "".join(f"/{each}" for each in segments))
ports = st.sampled_from(["", ":", ":80", ":443", ":5432", ":08080", ":65535"])


@st.composite
def with_secret(draw: st.DrawFn) -> tuple[str, str]:
    """A URI with a secret in each place where URIs have them, and the secret."""
    secret = draw(secrets)
    special = draw(st.text(":@;,!$&'()*+=%[]\\", max_size=4))
    hidden = draw(
        st.sampled_from([secret, special + secret, secret + special, f"a{special}{secret}"])
    )
    user = draw(
        st.sampled_from(["", f"{hidden}@", f"etl:{hidden}@", f":{hidden}@", f"{hidden}:x@"])
    )
    query = draw(
        st.sampled_from(["", f"?{hidden}", f"?X-Amz-Signature={hidden}&a=b", f"?a?{hidden}"])
    )
    fragment = draw(st.sampled_from(["", f"#{hidden}", f"#a?{hidden}", f"#access_token={hidden}"]))
    scheme, host, port = draw(st.sampled_from(SCHEMES)), draw(hosts), draw(ports)
    # There, what stands alone before the @ is the container.
    assume(scheme != "abfss" or ":" in user or not user)
    return f"{scheme}://{user}{host}{port}{draw(paths)}{query}{fragment}", secret


@given(with_secret())
@example(("file://\\00000000@db", "00000000"))
@example(("file://db#@00000000", "00000000"))
def test_a_secret_is_in_no_id_and_in_no_error(given_: tuple[str, str]):
    """Wherever it stands in the URI, also where special characters are not escaped."""
    uri, secret = given_
    try:
        said = clean_uri(uri)
    except InvalidError as problem:
        said = f"{problem} {problem.details}"
    assert secret not in said
    assert secret.lower() not in said


@given(
    st.sampled_from(SCHEMES),
    secrets,
    st.text(":@;,/?#&=%[]\\ ", max_size=4),
    st.sampled_from(["", "/warehouse", "/a/b?sslmode=require"]),
)
@example("file", "00000000", "@/", "")
def test_a_password_that_is_not_escaped_is_cut_or_refused(
    scheme: str, secret: str, special: str, rest: str
):
    """People paste those: `postgresql://etl:p/w?x#y@db/warehouse`."""
    assume(scheme.lower() not in {"http", "https"} or not set(special) & set("/?#"))
    for password in (secret + special + "x", special + secret, f"x{special}{secret}"):
        try:
            said = clean_uri(f"{scheme}://etl:{password}@db{rest}")
        except InvalidError as problem:
            said = f"{problem} {problem.details}"
        assert secret.lower() not in said.lower()


@given(secrets, st.text("abc:=@/ ", max_size=9), st.text("abc:=@/ ", max_size=9))
def test_what_is_no_uri_is_not_repeated(secret: str, before: str, after: str):
    """It may be a connection string, a password, a whole file."""
    with pytest.raises(InvalidError, match="no URI") as refused:
        clean_uri((before + secret + after).replace("://", ":/"))
    assert secret not in str(refused.value)


@given(with_secret() | st.tuples(st.text().map(lambda text: f"s3://{text}"), st.none()))
def test_a_clean_uri_is_clean_already(given_: tuple[str, str | None]):
    """Cleaned twice is cleaned once: emitter and server may both do it."""
    try:
        once = clean_uri(given_[0])
    except InvalidError:
        assume(False)
    assert clean_uri(once) == once
    check_text("resource id", once)
    check_event(event(resource=once))


@pytest.mark.parametrize("scheme", ["https", "s3", "postgresql", "file"])
@pytest.mark.parametrize(
    "piece", ["/a", "/long-words-and-more", "/%C3%A9", "/語", "a", "語", "\n", "%"]
)
def test_what_is_too_long_for_an_id_is_cut(scheme: str, piece: str):
    """An object with a long key has an id all the same, which is clean."""
    uri = clean_uri(f"{scheme}://lake/raw" + piece * 1_500)
    check_text("resource id", uri)
    assert uri.startswith(f"{scheme}://lake")
    assert uri.endswith(("...", "{}"))
    assert clean_uri(uri) == uri


@pytest.mark.parametrize(
    ("uri", "clean"),
    [
        # Object stores: a key is no URL.
        ("s3://Lake/Raw/a b.csv", "s3://Lake/Raw/a b.csv"),
        ("s3://KEY:SECRET@lake/a", "s3://lake/a"),
        ("s3a://lake/a//b/", "s3://lake/a//b"),
        ("s3://lake/a?versionId=3", "s3://lake/a"),
        ("s3://lake/" + quote("odd?#name%.csv"), "s3://lake/odd%3F%23name%25.csv"),
        ("s3://minio:9000/lake/a;b,c", "s3://minio:9000/lake/a;b,c"),
        ("gcs://lake/a", "gs://lake/a"),
        ("abfss://raw@acc.dfs.core.windows.net/a", "abfs://raw@acc.dfs.core.windows.net/a"),
        ("abfss://raw:key@acc.dfs.core.windows.net/a", "abfs://acc.dfs.core.windows.net/a"),
        # HTTP: paths are templated.
        ("HTTPS://API.GitHub.com:443/repos/a/b/issues/17", "https://api.github.com/repos/a/b/issues/{}"),
        ("http://h:8080/", "http://h:8080"),
        ("https://h/a;jsessionid=1234/b;v=1", "https://h/a/b"),
        ("https://h/0192f3c4-7a1b-7c3d-9e8f-0123456789ab/x", "https://h/{}/x"),
        ("https://h/d41d8cd98f00b204e9800998ecf8427e", "https://h/{}"),
        ("https://h/reports/2026-01-31", "https://h/reports/{}"),
        ("https://h/reports/2026-01-31T02:13:00Z", "https://h/reports/{}"),
        ("https://hooks.slack.com/services/T01/B02/abcDEF123abcDEF123abcDEF",
         "https://hooks.slack.com/services/T01/B02/{}"),
        ("https://api.telegram.org/bot123456:AAE-xyz_0123456789abcdef/send",
         "https://api.telegram.org/{}/send"),
        ("https://hooks.slack.com/services/T01/B02/aBcDeFgHiJkLmNoPqRsTuVwX",
         "https://hooks.slack.com/services/T01/B02/{}"),
        ("https://h/a/eyJhbGciOi.eyJzdWIiOi1.c2lnbmF0dXJl", "https://h/a/{}"),
        ("https://h/abcdefghijklmnopqrstuvwxyzabcdefgh", "https://h/{}"),
        ("https://h/customer-orders-by-region/v2", "https://h/customer-orders-by-region/v2"),
        ("https://h/a%2Fb/é/%7E", "https://h/a%2Fb/%C3%A9/~"),
        ("https://h:8443/users/me@example.com", "https://h:8443/users/me@example.com"),
        # Databases: one id for one database.
        ("postgresql+psycopg://etl:x@DB.Internal:5432/warehouse?sslmode=require",
         "postgresql://db.internal/warehouse"),
        ("postgres://db/Warehouse/public.orders", "postgresql://db/Warehouse/public.orders"),
        ("postgresql://a:1@h1:5432,h2:5433/db", "postgresql://h1,h2:5433/db"),
        ("postgresql://me@corp:x@db/w", "postgresql://db/w"),
        ("mongodb+srv://u:p@cluster0.mongodb.net/db", "mongodb://cluster0.mongodb.net/db"),
        ("mssql+pyodbc://?odbc_connect=DRIVER%3D;PWD=x", "mssql://"),
        ("sqlserver://host:1433;databaseName=x;user=sa;password=y", "sqlserver://host:1433"),
        ("redis://:x@h:6379/0", "redis://h/0"),
        ("sqlite:////var/lib/a.db", "sqlite:////var/lib/a.db"),
        ("postgresql://[::1]:5433/db", "postgresql://[::1]:5433/db"),
        ("postgresql://%2Fvar%2Frun/db", "postgresql://%2fvar%2frun/db"),
        # Files.
        ("file:///home/etl/a@b.csv", "file:///home/etl/a@b.csv"),
        ("file:///C:/Users/etl/a.csv", "file:///C:/Users/etl/a.csv"),
        ("file://C:\\Users\\etl", "file:///C:/Users/etl"),
        ("file:///", "file://"),
        # Others.
        ("git+ssh://git@github.com/a/b", "git+ssh://github.com/a/b"),
        ("kubernetes://c/ns/pod/p", "kubernetes://c/ns/pod/p"),
        ("x://h/a\nb", "x://h/a%0Ab"),
    ],
)  # fmt: skip
def test_uris_that_people_have(uri: str, clean: str):
    """Each as its clients write it."""
    assert clean_uri(uri) == clean


@pytest.mark.parametrize(
    "uri",
    ["", "a", "C:\\Users\\etl", "host=db password=x", "jdbc:postgresql://u:p@h/db", "://h", "1a://h",
     " https://h", "https://h:http/", "https://h:99999/", "https://h:٣/", "https://[::1/a",
     "postgresql://u:p/w@h/db", "s3://KEY:SEC/RET@lake/a", "https://" + "h" * 301],
)  # fmt: skip
def test_what_is_no_uri_or_may_hide_a_password_is_refused(uri: str):
    """With the way to write it."""
    with pytest.raises(InvalidError, match=r"Give one like|Write"):
        clean_uri(uri)


# --- systems and kinds ---------------------------------------------------------------------------

anything = (
    st.text() | st.text("a:/.@+peninsul", max_size=12) | with_secret().map(lambda pair: pair[0])
)


@given(anything)
def test_every_resource_has_one_system_which_is_its_own(resource: str):
    """Total, idempotent, and never longer than the resource."""
    system = system_of(resource)
    assert system_of(system) == system
    assert len(system) <= len(resource)


@given(anything)
def test_every_resource_has_a_kind(resource: str):
    """Total, and never empty: the catalogue is filtered by it."""
    assert kind_of(resource)


@pytest.mark.parametrize(
    ("resource", "kind", "system"),
    [
        ("s3://lake/raw/a.csv", "s3", "s3://lake"),
        ("s3://lake", "s3", "s3://lake"),
        ("https://api.github.com/repos/{}", "https", "https://api.github.com"),
        ("postgresql://db/warehouse/public.orders", "postgresql", "postgresql://db/warehouse"),
        ("postgresql://db/warehouse", "postgresql", "postgresql://db/warehouse"),
        ("postgresql://db", "postgresql", "postgresql://db"),
        ("x://h//t", "x", "x://h"),
        ("sqlite:////var/a.db", "sqlite", "sqlite:////var/a.db"),
        ("file:///home/etl/a.csv", "file", "file://"),
        ("hdfs://namenode:8020/data/raw", "hdfs", "hdfs://namenode:8020"),
        ("abfs://raw@acc.net/a", "abfs", "abfs://raw@acc.net"),
        ("kubernetes://c", "kubernetes-cluster", "kubernetes://c"),
        ("kubernetes://c/node/n", "kubernetes-node", "kubernetes://c"),
        ("kubernetes://c/ns/pod/p", "kubernetes-pod", "kubernetes://c"),
        ("kubernetes://c/ns", "kubernetes-namespace", "kubernetes://c"),
        ("orders.daily", "orders", "orders.daily"),
        ("peninsula.block-document.7", "block-document", "peninsula.block-document.7"),
        ("peninsula.", "other", "peninsula."),
        ("://x", "other", "://x"),
        (".x", "other", ".x"),
    ],
)
def test_kinds_and_systems(resource: str, kind: str, system: str):
    """The map shows systems; a path belongs to exactly one."""
    assert (kind_of(resource), system_of(resource)) == (kind, system)


@given(st.uuids(), st.sampled_from(["flow-run", "task-run"]))
def test_the_id_of_a_run_says_which_run(uuid, kind: str):
    """And no other text is taken for one."""
    resource = own(kind, uuid)
    assert run_uuid(resource) == (kind, str(uuid))
    assert is_run(resource)
    for other in (
        resource + "\n",
        resource[:-1],
        resource.upper(),
        "x" + resource,
        own("run", uuid),
    ):
        assert run_uuid(other) is None
        assert not is_run(other)


def test_an_id_with_a_password_is_refused_where_events_are_checked():
    """For emitters that did not clean it; the password is not repeated."""
    with pytest.raises(InvalidError, match="a user and a password") as refused:
        check_event(event(resource="postgresql://etl:hunter2@db/warehouse"))
    assert "hunter2" not in str(refused.value)
    check_event(event(resource="s3://lake/a:b@c"))
    check_event(event(resource="abfs://raw@acc.net/a:b@c"))
    assert limits.NAME_CHARS == 1_024
