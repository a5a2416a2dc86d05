"""S3Bucket against a server that speaks S3."""

from __future__ import annotations

import asyncio
import io
import pickle
import urllib.request

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from peninsula import flow
from peninsula.blocks import AwsClientParameters, AwsCredentials, S3Bucket
from peninsula.core.errors import InvalidError
from tests.support.calls import seen
from tests.support.s3 import KEY, SECRET


def credentials(url: str, **fields) -> AwsCredentials:
    """Return credentials for a server of the test's."""
    return AwsCredentials(
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        aws_client_parameters=AwsClientParameters(endpoint_url=url, **fields),
    )


@pytest.fixture
def lake(s3) -> S3Bucket:
    """An empty bucket."""
    return S3Bucket(bucket_name=s3.bucket(), credentials=credentials(s3.url))


def moves(told):
    """Return method, object and bytes of each call that was told."""
    return [
        (call.name.removeprefix("s3-bucket."), call.about, call.says.get("bytes"))
        for call in seen(told)
    ]


def test_what_is_written_is_read(lake, told):
    """Each call says the object, and how much it moved."""
    assert lake.write_path("raw/a.csv", b"12345") == "raw/a.csv"
    assert lake.read_path("raw/a.csv") == b"12345"
    assert moves(told) == [
        ("write_path.completed", f"s3://{lake.bucket_name}/raw/a.csv", 5),
        ("read_path.completed", f"s3://{lake.bucket_name}/raw/a.csv", 5),
    ]


@pytest.mark.parametrize("key", ["a b.csv", "what?.csv", "day#1", "ä/ö", "user:pass@host"])
def test_any_key_is_told_as_it_is(lake, told, key):
    """A key is no URL: nothing of it is cut."""
    lake.write_path(key, b"1")
    [call] = seen(told)
    assert urllib.request.unquote(call.about) == f"s3://{lake.bucket_name}/{key}"


def test_a_missing_object_is_named(lake, told):
    """The error is boto3's, with a note; the call says what failed."""
    with pytest.raises(lake._s3().exceptions.NoSuchKey) as caught:
        lake.read_path("raw/none.csv")
    uri = f"s3://{lake.bucket_name}/raw/none.csv"
    assert caught.value.__notes__ == [f"It was about {uri}."]
    [call] = seen(told)
    assert (call.name, call.about) == ("s3-bucket.read_path.failed", uri)
    assert call.says["error_type"] == "NoSuchKey"


def test_paths_are_in_the_folder_of_the_block(lake, s3):
    """One that begins with it is in it already: one of the same name within is told by both."""
    raw = lake.model_copy(update={"bucket_folder": "/raw/"})
    assert raw.write_path("a.csv", b"1") == "raw/a.csv"
    assert raw.read_path("raw/a.csv") == raw.read_path("a.csv") == b"1"
    lake.write_path("other.csv", b"2")
    assert [each["Key"] for each in raw.list_objects()] == ["raw/a.csv"]
    assert raw.write_path("raw/raw/a.csv", b"3") == "raw/raw/a.csv"
    assert raw.read_path("a.csv") == b"1"


def test_objects_are_listed(lake, told):
    """In folders, without those below, so many, or chosen by an expression."""
    for key in ("a/1", "a/2", "a/b/3", "ab/4"):
        lake.write_path(key, b"x" * len(key))

    def keys(*args, **options):
        return [each["Key"] for each in lake.list_objects(*args, **options)]

    assert keys() == ["a/1", "a/2", "a/b/3", "ab/4"]
    assert keys("a", page_size=1) == ["a/1", "a/2", "a/b/3"]
    assert keys("a", delimiter="/") == ["a/1", "a/2"]
    assert keys("a", max_items=1) == ["a/1"]
    assert keys(jmespath_query="Contents[?Size > `3`][]") == ["a/b/3", "ab/4"]
    assert keys("none") == keys("none", jmespath_query="Contents[?Size > `3`][]") == []
    first = seen(told)[4:6]
    assert [call.says["rows"] for call in first] == [4, 3]
    assert [call.about for call in first] == [f"s3://{lake.bucket_name}{at}" for at in ("", "/a")]


def test_files_go_up_and_come_down(lake, told, tmp_path):
    """Paths and open files, their names by default those of what they are made of."""
    source = tmp_path / "a.csv"
    source.write_bytes(b"12345")
    assert lake.upload_from_path(source) == "a.csv"
    assert lake.upload_from_file_object(io.BytesIO(b"123"), "b.csv") == "b.csv"
    target = lake.download_object_to_path("a.csv", tmp_path / "new/a.csv")
    assert target.read_bytes() == b"12345"
    assert lake.download_object_to_file_object("b.csv", io.BytesIO()).getvalue() == b"123"
    assert [size for *_, size in moves(told)] == [5, 3, 5, 3]


def test_folders_go_up_and_come_down(lake, told, tmp_path):
    """As one call, with all that it moved."""
    (tmp_path / "up/deep").mkdir(parents=True)
    (tmp_path / "up/1").write_bytes(b"1")
    (tmp_path / "up/deep/22").write_bytes(b"22")
    assert lake.upload_from_folder(tmp_path / "up", "in") == "in/"
    lake.write_path("in/empty/", b"")
    down = lake.download_folder_to_path("in", tmp_path / "down")
    assert (down / "deep/22").read_bytes() == b"22"
    up, _, down = moves(told)
    assert up == ("upload_from_folder.completed", f"s3://{lake.bucket_name}/in", 3)
    assert down == ("download_folder_to_path.completed", f"s3://{lake.bucket_name}/in", 3)


def test_nothing_is_written_beside_a_folder(lake, tmp_path):
    """Whoever names the objects is not who chose the folder."""
    lake.write_path("in/../../evil", b"")
    with pytest.raises(InvalidError, match="would lie outside"):
        lake.download_folder_to_path("in", tmp_path / "down")
    assert not (tmp_path / "evil").exists()


def test_a_folder_that_is_none_is_refused(lake, tmp_path):
    """With what to do instead."""
    with pytest.raises(InvalidError, match="upload_from_path"):
        lake.upload_from_folder(tmp_path / "none")


def test_large_objects_are_streamed(lake, told):
    """In parts, which the one call counts."""
    lake.write_path("big", b"x" * 2_500_000)
    assert [len(part) for part in lake.stream_path("big")] == [1_048_576, 1_048_576, 402_848]
    call = seen(told)[-1]
    assert (call.says["items"], call.says["bytes"]) == (3, 2_500_000)


def test_objects_go_from_bucket_to_bucket(lake, s3, told):
    """By way of here, or by S3 itself: both objects are told."""
    other = S3Bucket(bucket_name=s3.bucket(), credentials=credentials(s3.url))
    lake.write_path("a", b"123")
    assert other.stream_from(lake, "a", "streamed") == "streamed"
    assert lake.copy_object("a", "copied", other) == "copied"
    assert lake.copy_object("a", "named", other.bucket_name) == "named"
    assert lake.move_object("a", "b") == "b"
    keys = ["copied", "named", "streamed"]
    assert [each["Key"] for each in other.list_objects()] == keys
    assert [each["Key"] for each in lake.list_objects()] == ["b"]
    read, streamed, copied = seen(told)[1:4]
    assert (read.name, read.about) == (
        "s3-bucket.open_path.completed",
        f"s3://{lake.bucket_name}/a",
    )
    assert (streamed.about, streamed.says["bytes"]) == (f"s3://{other.bucket_name}/streamed", 3)
    assert copied.about == f"s3://{lake.bucket_name}/a"
    assert copied.touched == (f"s3://{other.bucket_name}/copied",)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["its bucket", "named"])
def test_nothing_is_moved_onto_itself(lake, elsewhere):
    """It would be deleted; of what is large, S3 refuses no copy onto itself."""
    raw = lake.model_copy(update={"bucket_folder": "raw"})
    raw.write_path("a", large := b"x" * 9 * 1024 * 1024)
    with pytest.raises(InvalidError, match="raw/a is where it goes to as well"):
        raw.move_object("a", "raw/a", lake.bucket_name if elsewhere else None)
    assert raw.read_path("a") == large


def test_an_object_is_deleted(lake):
    """Also where there is none."""
    lake.write_path("a", b"")
    lake.delete_object("a")
    lake.delete_object("a")
    assert lake.list_objects() == []


def test_a_presigned_url_opens_the_object(lake, told):
    """For whoever has it; making it is no use of the bucket."""
    lake.write_path("a", b"123")
    with urllib.request.urlopen(lake.presigned_url("a", expires_in=60)) as answer:
        assert answer.read() == b"123"
    assert len(seen(told)) == 1


def test_coroutines_await_the_same(lake, told):
    """One call each, in a thread."""

    async def use():
        await lake.awrite_path("a", b"123")
        return await asyncio.gather(lake.aread_path("a"), lake.aread_path("a"))

    assert asyncio.run(use()) == [b"123", b"123"]
    assert [name for name, *_ in moves(told)] == [
        "awrite_path.completed",
        "aread_path.completed",
        "aread_path.completed",
    ]


def test_a_block_that_was_used_is_pickled(lake):
    """Its client stays where it is."""
    lake.write_path("a", b"1")
    assert pickle.loads(pickle.dumps(lake)).read_path("a") == b"1"


def test_without_credentials_the_error_says_how_to_give_some(s3, monkeypatch, tmp_path):
    """As boto3 looked for them in places that the flow's author may never have heard of."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    of = AwsCredentials(aws_client_parameters={"endpoint_url": s3.url})
    with pytest.raises(NoCredentialsError) as caught:
        S3Bucket(bucket_name="lake", credentials=of).read_path("a")
    assert "Give the block AwsCredentials with keys or a profile" in "".join(caught.value.__notes__)


def test_other_credentials_are_used_from_then_on(lake, s3):
    """A client is of what it was made with."""
    lake.write_path("a", b"1")
    lake.credentials = credentials("http://127.0.0.1:1", config={"retries": {"max_attempts": 1}})
    with pytest.raises(EndpointConnectionError):
        lake.read_path("a")


def test_no_secret_is_told(lake, home):
    """Neither in the journal, nor in what blocks look like."""
    with pytest.raises(ClientError):
        lake.read_path(SECRET)
    assert SECRET not in f"{lake!r} {lake} {lake.model_dump_json()}"
    segments = [file.read_bytes() for file in home.rglob("*.seg")]
    assert segments
    assert not any(SECRET.encode() in segment for segment in segments)


def test_what_is_not_installed_is_named(lake, monkeypatch):
    """With the command that installs it."""
    monkeypatch.setattr("peninsula.sdk.extras.find_spec", lambda _: None)
    with pytest.raises(InvalidError, match=r"pip install peninsula\[aws\]"):
        lake.read_path("a")


def test_what_a_call_does_in_threads_is_part_of_it(lake, told, tmp_path):
    """boto3 moves files in threads of its own, whose requests are seen in runs."""

    @flow
    def copy():
        lake.upload_from_path(__file__, "code")
        lake.download_object_to_path("code", tmp_path / "code")

    copy()
    assert [name for name, *_ in moves(told)] == [
        "upload_from_path.completed",
        "download_object_to_path.completed",
    ]
