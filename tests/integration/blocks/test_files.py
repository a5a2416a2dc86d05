"""Blocks of files: on this machine, in memory, on a server that speaks Google's language."""

from __future__ import annotations

import asyncio
import ftplib
import io
import pickle
import socket
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import fsspec
import pytest
from gcp_storage_emulator.server import create_server
from pydantic import SecretStr, ValidationError

from peninsula.blocks import (
    AzureBlobContainer,
    AzureBlobStorageCredentials,
    GcpCredentials,
    GcsBucket,
    LocalFileSystem,
    RemoteFileSystem,
    ServiceAccountInfo,
)
from peninsula.blocks.aws import AwsClientParameters
from peninsula.blocks.stored_files import StoredFiles
from peninsula.core.errors import InvalidError
from peninsula.core.resources import system_of
from tests.support.calls import seen


@pytest.fixture(scope="session")
def gcs() -> Iterator[str]:
    """Return the address of a server that speaks the language of Google Cloud Storage."""
    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    host, port = server._api._httpd.server_address[:2]
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(gcs) -> GcsBucket:
    """An empty bucket."""
    credentials = GcpCredentials(anonymous=True, endpoint_url=gcs, project="test")
    made = GcsBucket(bucket=f"lake-{uuid4().hex[:8]}", gcp_credentials=credentials)
    made._files().mkdir(made.bucket)
    return made


@pytest.fixture(params=["local", "memory", "file url", "gcs"])
def store(request, tmp_path) -> StoredFiles:
    """An empty folder, wherever."""
    match request.param:
        case "local":
            return LocalFileSystem(basepath=str(tmp_path / "store"))
        case "memory":
            return RemoteFileSystem(basepath=f"memory://{uuid4().hex}/store")
        case "file url":
            return RemoteFileSystem(basepath=f"file://{tmp_path}/store")
        case _:
            return request.getfixturevalue("bucket")


def moves(told):
    """Return method, path and bytes of each call that was told."""
    return [(call.name.split(".")[1], call.about, call.says.get("bytes")) for call in seen(told)]


def test_what_is_written_is_read(store, told):
    """Each call says the file, and how much it moved."""
    store.write_path("raw/a b.csv", b"12345")
    assert store.read_path("raw/a b.csv") == b"12345"
    assert [*store.stream_path("raw/a b.csv", 2)] == [b"12", b"34", b"5"]
    with store.open_path("raw/a b.csv") as file:
        assert file.read() == b"12345"
    path = f"{store._system()}/raw/a%20b.csv"
    assert moves(told) == [
        ("write_path", path, 5),
        ("read_path", path, 5),
        ("stream_path", path, 5),
        ("open_path", path, None),
    ]


def test_files_are_listed_copied_moved_and_deleted(store, told):
    """By paths that all methods take; what a method returns is one, too."""
    where = store.write_path("a/1", b"1")
    assert store.read_path(where) == b"1"
    store.copy_path("a/1", "a/b/2")
    store.move_path("a/1", "c/3")
    assert store.list_paths() == ["a/b/2", "c/3"]
    assert store.list_paths("a/") == ["a/b/2"]
    assert seen(told)[-1].says["rows"] == 1
    assert store.read_path(store.list_paths("c")[0]) == b"1"
    store.delete_path("c/3")
    assert store.list_paths() == ["a/b/2"]
    assert seen(told)[2].touched == (f"{store._system()}/a/b/2",)


@pytest.mark.parametrize("method", ["copy_path", "move_path"])
def test_nothing_is_copied_or_moved_onto_itself(store, method):
    """It would be deleted, or overwritten while it is read."""
    where = store.write_path("a/1", b"1")
    for other in ("a/./1", where):
        with pytest.raises(InvalidError, match="a/1 is where it goes to as well"):
            getattr(store, method)("a/1", other)
    assert store.read_path("a/1") == b"1"


def test_folders_go_up_and_come_down(store, told, tmp_path):
    """As one call, with all that it moved."""
    (tmp_path / "up/deep").mkdir(parents=True)
    (tmp_path / "up/1").write_bytes(b"1")
    (tmp_path / "up/deep/22").write_bytes(b"22")
    assert store.put_directory(tmp_path / "up", "in") == 2
    down = store.get_directory("in", tmp_path / "down")
    assert (down / "deep/22").read_bytes() == b"22"
    assert moves(told) == [
        ("put_directory", f"{store._system()}/in", 3),
        ("get_directory", f"{store._system()}/in", 3),
    ]


def test_a_missing_file_is_named(store, told):
    """The error is that of any file; the call says which."""
    with pytest.raises(FileNotFoundError) as caught:
        store.read_path("raw/none.csv")
    uri = f"{store._system()}/raw/none.csv"
    assert caught.value.__notes__ == [f"It was about {uri}."]
    assert (seen(told)[-1].name.split(".")[-1], seen(told)[-1].about) == ("failed", uri)


@pytest.mark.parametrize("path", ["../evil", "a/../../evil"])
def test_nothing_outside_of_the_folder_is_reached(store, path):
    """Neither read nor written."""
    with pytest.raises(InvalidError, match="outside of"):
        store.write_path(path, b"")
    with pytest.raises(InvalidError, match="outside of"):
        store.get_directory(path)


def test_a_link_does_not_lead_out_of_a_folder(tmp_path):
    """Nor does an absolute path, unless it is within."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store/out").symlink_to(tmp_path)
    store = LocalFileSystem(basepath=str(tmp_path / "store"))
    for path in ("out/evil", "/etc/passwd", "~/x"):
        with pytest.raises(InvalidError, match="outside of"):
            store.read_path(path)
    assert store.write_path(f"{tmp_path}/store/a", b"") == f"{tmp_path}/store/a"


def test_coroutines_await_the_same(store):
    """In threads."""

    async def use():
        await store.awrite_path("a", b"123")
        return await asyncio.gather(store.aread_path("a"), store.aread_path("a"))

    assert asyncio.run(use()) == [b"123", b"123"]


def test_a_block_that_was_used_is_pickled(store):
    """What it has opened stays where it is."""
    store.write_path("a", b"1")
    assert pickle.loads(pickle.dumps(store)).read_path("a") == b"1"


def test_objects_of_a_container_are_uploaded_and_downloaded(bucket, told, tmp_path):
    """By the names that Prefect's collections have for it."""
    source = tmp_path / "a.csv"
    source.write_bytes(b"12345")
    assert bucket.upload_from_path(source) == f"{bucket.bucket}/a.csv"
    bucket.upload_from_file_object(io.BytesIO(b"123"), "b/c.csv")
    assert bucket.download_object_to_path("a.csv", tmp_path / "x/y").read_bytes() == b"12345"
    assert bucket.download_object_to_file_object("b/c.csv", io.BytesIO()).getvalue() == b"123"
    assert [each["size"] for each in bucket.list_blobs()] == [5, 3]
    (tmp_path / "up").mkdir()
    (tmp_path / "up/1").write_bytes(b"1")
    assert bucket.upload_from_folder(tmp_path / "up", "in") == f"{bucket.bucket}/in"
    assert (bucket.download_folder_to_path("in", tmp_path / "down") / "1").read_bytes() == b"1"
    assert [size for *_, size in moves(told)] == [5, 3, 5, 3, None, 1, 1]


def test_paths_are_in_the_folder_of_the_bucket(bucket):
    """As keys, below its own."""
    raw = bucket.model_copy(update={"bucket_folder": "/raw/"})
    raw.write_path("a", b"1")
    assert bucket.list_paths() == ["raw/a"]
    assert raw._system() == f"gs://{bucket.bucket}/raw"


def test_a_key_of_google_is_secret_in_what_is_known_of_an_account():
    """The rest can be seen; all of it is given on."""
    info = ServiceAccountInfo(
        client_email="etl@x", private_key="-----BEGIN canary", token_uri="https://t"
    )
    credentials = GcpCredentials(service_account_info=info)
    assert "canary" not in f"{credentials!r}"
    assert "service_account_info.private_key" in credentials.get_block_schema()["secret_fields"]
    assert credentials._options()["token"] == {
        "client_email": "etl@x",
        "private_key": "-----BEGIN canary",
        "token_uri": "https://t",
    }


def test_an_azure_container_is_named_by_its_account():
    """From its URL or its connection string; the keys are given to adlfs."""
    string = "AccountName=acme;AccountKey=Y2FuYXJ5;EndpointSuffix=core.windows.net"
    by_string = AzureBlobStorageCredentials(connection_string=string)
    by_url = AzureBlobStorageCredentials(
        account_url="https://acme.blob.core.windows.net", account_key="Y2FuYXJ5"
    )
    for credentials in (by_string, by_url):
        container = AzureBlobContainer(
            container_name="lake", credentials=credentials, base_folder="raw"
        )
        assert container._system() == "abfs://lake@acme.dfs.core.windows.net/raw"
        assert container._uri(container._place("a b")).endswith("/raw/a%20b")
        assert "Y2FuYXJ5" not in f"{container!r}"
        assert container._files().account_name == "acme"


def test_an_azure_account_is_asked_for():
    """With the fields that say it."""
    for nothing in ({}, {"account_url": "https://[::1"}):
        with pytest.raises(ValidationError, match="account_url or connection_string"):
            AzureBlobStorageCredentials(**nothing)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (AzureBlobStorageCredentials, "account_url"),
        (AwsClientParameters, "endpoint_url"),
        (GcpCredentials, "endpoint_url"),
    ],
)
def test_an_address_with_a_login_is_refused(make, field):
    """The password would be stored as it is; the error does not repeat it."""
    for password in ("p4ssw0rd", "p4ssw0rd/1", "1/p4ssw0rd", "[p4ssw0rd]"):
        with pytest.raises(ValidationError, match="in fields of their own") as caught:
            make(**{field: f"https://u:{password}@h"})
        assert "p4ssw0rd" not in str(caught.value)


def test_settings_that_are_secret_are_taken_out():
    """By their names, also deep inside; the file system gets all of them."""
    store = RemoteFileSystem(
        basepath="memory://lake",
        settings={"use_listings_cache": False, "secret": "canary", "kw": {"api_key": "canary"}},
    )
    assert store.settings == {"use_listings_cache": False}
    assert "canary" not in f"{store!r}"
    assert store.secret_settings.get_secret_value() == {
        "secret": "canary",
        "kw": {"api_key": "canary"},
    }
    assert isinstance(store._files(), fsspec.get_filesystem_class("memory"))


def test_a_secret_that_is_given_twice_is_one():
    """Of two that differ, as where a form changes one of them, none is taken in silence."""

    def store(password):
        return RemoteFileSystem(
            basepath="memory://lake",
            settings={"password": password},
            secret_settings={"password": "canary"},
        )

    for same in ("canary", SecretStr("canary")):
        assert store(same).secret_settings.get_secret_value() == {"password": "canary"}
    with pytest.raises(ValidationError, match="'password' is another one in settings") as caught:
        store("new-canary")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("basepath", "message"),
    [
        ("lake/raw", "no URL of one folder"),
        ("simplecache::s3://lake", "no URL of one folder"),
        ("sftp://u:p4ssw0rd@host/lake", "in settings"),
        ("sftp://u:p4ssw0rd/1@host/lake", "in settings"),
        ("sftp://u:1#p4ssw0rd@host/lake", "in settings"),
        ("abfs://u:p4ssw0rd@host/lake", "in settings"),
    ],
)
def test_a_basepath_that_names_no_folder_is_refused(basepath, message):
    """With what to write; what was given is not repeated."""
    with pytest.raises(ValidationError, match=message) as caught:
        RemoteFileSystem(basepath=basepath)
    assert "p4ssw0rd" not in str(caught.value)


@pytest.mark.parametrize(
    ("basepath", "system"),
    [
        ("ftp://127.0.0.1:1/in box", "ftp://127.0.0.1:1"),
        ("abfs://lake@acct.dfs.core.windows.net/raw", "abfs://lake@acct.dfs.core.windows.net"),
        ("memory://a:b/in", "memory://a%3Ab"),
    ],
)
def test_a_folder_elsewhere_is_of_the_system_that_its_url_names(basepath, system):
    """With its port, as other blocks name it."""
    store = RemoteFileSystem(basepath=basepath)
    assert system_of(store._system()) == system
    assert store._uri(store._place("a?b")).endswith("/a%3Fb")


def test_a_path_of_http_is_named_as_it_is_asked_for():
    """One that is quoted, as fsspec lists it, is not quoted again."""
    store = RemoteFileSystem(basepath="https://files.internal/in")
    for path in ("a b.txt", "a%20b.txt"):
        assert store._uri(store._place(path)) == "https://files.internal/in/a%20b.txt"


def test_a_host_that_is_an_address_of_ipv6_is_reached():
    """The server says no, so it was asked."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        Thread(target=_refuse, args=(listener,)).start()
        store = RemoteFileSystem(basepath=f"ftp://[::1]:{port}/in")
        with pytest.raises(ftplib.error_temp, match="421 busy") as caught:
            store.read_path("a")
    assert caught.value.__notes__ == [f"It was about ftp://[::1]:{port}/in/a."]


def _refuse(listener: socket.socket) -> None:
    with listener.accept()[0] as asking:
        asking.sendall(b"421 busy\r\n")


def test_a_scheme_that_cannot_be_used_is_named():
    """With what fsspec says of it."""
    with pytest.raises(InvalidError, match="nothing:// cannot be used"):
        RemoteFileSystem(basepath="nothing://lake").read_path("a")


@pytest.mark.parametrize(
    ("block", "extra"),
    [
        (GcsBucket(bucket="x"), "gcs"),
        (
            AzureBlobContainer(
                container_name="x",
                credentials=AzureBlobStorageCredentials(account_url="https://x.y"),
            ),
            "azure",
        ),
    ],
)
def test_what_is_not_installed_is_named(block, extra, monkeypatch):
    """With the command that installs it."""
    monkeypatch.setattr("peninsula.sdk.extras.find_spec", lambda _: None)
    with pytest.raises(InvalidError, match=rf"pip install peninsula\[{extra}\]"):
        block.read_path("a")
