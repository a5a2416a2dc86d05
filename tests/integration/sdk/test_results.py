"""Results are kept: in folders and stores, by serializers, and a fault is named."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from peninsula import flow, task
from peninsula.cache_policies import INPUTS, NO_CACHE
from peninsula.core.errors import InvalidError, MissingResultError, SerializationError
from peninsula.results import ResultStore, get_result_store
from peninsula.serializers import (
    CompressedSerializer,
    JSONSerializer,
    MsgspecSerializer,
    PickleSerializer,
    Serializer,
)


@dataclass
class Order:
    """What a task may return."""

    number: int


@pytest.mark.parametrize(
    ("serializer", "value"),
    [
        ("pickle", {1, 2, Order}),
        ("json", {"a": [1, None, "x"]}),
        ("msgspec", {"a": b"bytes"}),
        ("compressed/pickle", [Order, 1]),
        ("compressed/json", ["x" * 10_000]),
        (CompressedSerializer("json", "lzma"), {"a": 1}),
        (CompressedSerializer(MsgspecSerializer(), "bz2"), [1.5]),
        (JSONSerializer(), "text"),
        (PickleSerializer(), 1 + 2j),
    ],
)
def test_results_come_back(serializer, value):
    """Each serializer reads what it wrote, by the name that stands in the result."""

    @task(cache_policy=INPUTS, result_serializer=serializer)
    def work(_):
        return value

    assert [work(1), work(1)] == [value, value]
    assert work(1, return_state=True).name == "Cached"


def test_a_serializer_of_ones_own():
    """Is found by its name."""

    class Upper(Serializer):
        name = "upper"

        def dumps(self, value):
            return value.upper().encode()

        def loads(self, data):
            return data.decode()

    @task(cache_policy=INPUTS, result_serializer="upper")
    def work(_):
        return "loud"

    assert [work(1), work(1)] == ["loud", "LOUD"]


def test_json_takes_dataclasses_and_models_as_dicts():
    """What comes back is what JSON has."""

    class Model(BaseModel):
        number: int

    serializer = JSONSerializer()
    data = serializer.dumps({"order": Order(1), "model": Model(number=2)})
    assert serializer.loads(data) == {"order": {"number": 1}, "model": {"number": 2}}


@pytest.mark.parametrize("serializer", ["pickle", "json", "msgspec"])
def test_a_result_that_cannot_be_kept_fails_the_task_and_says_what_to_do(serializer):
    """The task was asked to keep it."""

    @task(persist_result=True, result_serializer=serializer)
    def work():
        return threading.Lock()

    with pytest.raises(SerializationError, match=r"lock.*persist_result=False"):
        work()


def test_a_store_of_fsspec_holds_results():
    """Any URL that fsspec knows will do."""

    @task(cache_policy=INPUTS, result_storage="memory://results/here")
    def work(_):
        return "kept"

    assert [work(1), work(1)] == ["kept", "kept"]
    state = work(1, return_state=True)
    assert state.name == "Cached"
    assert state.details["result"].startswith("memory://results/here/")


def test_a_flow_keeps_its_own_result_and_those_of_its_tasks(home, told):
    """Unless a task says otherwise."""

    @task
    def kept():
        return 1

    @task(persist_result=False)
    def lost():
        return 2

    @flow(persist_result=True, result_storage=home / "mine", result_serializer="json")
    def etl():
        return kept() + lost()

    assert etl() == 3
    (run,) = told.all("etl")
    assert run.changes[-1].details["result"].endswith(str(run.id))
    assert len(list((home / "mine").iterdir())) == 2
    assert (home / "mine/runs" / str(run.id)).read_bytes().endswith(b"\n3")


def test_a_result_that_is_not_held_in_memory_is_read_back():
    """Whoever asks later gets an equal one."""
    made = []

    @task(persist_result=True, cache_result_in_memory=False)
    def work():
        made.append(Order(1))
        return made[0]

    @flow
    def etl():
        future = work.submit()
        return future.result()

    assert etl() == Order(1)
    assert etl() is not made[0]


def test_a_folder_that_cannot_be_written_fails_the_task_with_its_name(tmp_path):
    """A file stands in the way."""
    (tmp_path / "file").write_text("")

    @task(persist_result=True, result_storage=tmp_path / "file/results")
    def work():
        return 1

    state = work(return_state=True)
    assert state.is_failed()
    assert "file/results" in state.message


def test_what_is_no_result_is_named(tmp_path):
    """A file of somebody else's."""
    (tmp_path / "key").write_text("hello")
    with pytest.raises(MissingResultError, match="holds no result"):
        ResultStore(tmp_path).read("key")


def test_an_empty_file_is_no_result(tmp_path):
    """A power loss may leave one; the result is made anew."""
    (tmp_path / "key").touch()
    assert ResultStore(tmp_path).read("key") is None


@pytest.mark.parametrize("key", ["", "../up", "/etc/passwd", "a//b", "a\nb", "x" * 300])
def test_a_key_stays_below_its_folder(tmp_path, key):
    """Whatever a user's function returns."""
    with pytest.raises(InvalidError, match="key of a result"):
        ResultStore(tmp_path).write(key, 1)


def test_a_result_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """No reader sees half of one."""
    store = ResultStore(tmp_path / "results")
    store.write("key", 1)

    def fail(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(Exception, match="No space left"):
        store.write("key", 2)
    assert store.read("key").result == 1
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["key"]


def test_the_store_of_the_run_around_is_at_hand(tmp_path):
    """For users' own results."""

    @flow(result_storage=tmp_path)
    def etl():
        get_result_store().write("mine", {"a": 1})

    etl()
    assert ResultStore(tmp_path).read("mine").result == {"a": 1}


def test_options_that_cannot_be_are_named():
    """With what there is."""
    with pytest.raises(InvalidError, match=r"yaml.*json"):
        task(result_serializer="yaml")(len)
    with pytest.raises(InvalidError, match="compressionlib"):
        CompressedSerializer("json", "rar")
    with pytest.raises(InvalidError, match="nowhere"):
        ResultStore("nowhere://x")
    with pytest.raises(InvalidError, match=r"simplecache::s3://… is a chain.*Give the URL"):
        ResultStore("simplecache::s3://lake/results")


@pytest.mark.parametrize(
    "keys", [("day", "day/orders"), ("day/orders", "day"), ("day", "day/a/b", "day/a")]
)
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_any_two_keys_live_side_by_side(keys, kind, tmp_path):
    """Also where one is the beginning of the other: each is found, replaced and removed alone."""
    store = ResultStore(tmp_path if kind == "folder" else f"memory://{tmp_path}")
    for key in (*keys, *keys):
        assert store.read(key) is None or store.read(key).result == key
        store.write(key, key)
    assert [store.read(key).result for key in keys] == list(keys)
    places = [store.uri(key) for key in keys]
    assert [
        ResultStore(place.rpartition("/")[0]).exists(place.rpartition("/")[2]) for place in places
    ] == [True] * len(keys)
    for number, key in enumerate(keys):
        store.storage.remove(key)
        assert [store.exists(each) for each in keys[number:]] == [
            each != key for each in keys[number:]
        ]


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_result_that_lay_aside_does_not_come_back(kind, tmp_path):
    """What is written at its own place later takes the place of both."""
    store = ResultStore(tmp_path if kind == "folder" else f"memory://{tmp_path}")
    store.write("day", 1)
    store.write("day/orders", "old")
    store.storage.remove("day")
    store.write("day/orders", "new")
    assert store.read("day/orders").result == "new"
    assert store.uri("day/orders").endswith(f"{tmp_path}/day/orders")
    store.storage.remove("day/orders")
    assert not store.exists("day/orders")


@task
def later():
    """Run in the background, some time."""


@pytest.mark.parametrize(
    "template", ["{parameters[nope]}.json", "{nope}", "days/{", "{}", "{parameters.day}"]
)
def test_a_template_that_no_run_can_fill_in_is_refused(template):
    """Where the task is declared; the message names the option and the parameters there are."""
    with pytest.raises(
        InvalidError, match=r'result_storage_key .* of the task "named".*: day, n\.'
    ):

        @task(result_storage_key=template)
        def named(day, n=1):
            return day, n


@pytest.mark.parametrize(
    "template",
    [
        "{parameters[day]:%F}/{n!r}",
        "{flow_run.name}/{task_run.id}",
        "{runtime.flow_run.id}-{day.x}",
    ],
)
def test_a_template_of_what_is_known_of_a_run_is_taken(template):
    """Before anything is known of the values."""

    @task(result_storage_key=template)
    def named(day, *n):
        return day, n

    assert named.result_storage_key == template


def test_a_template_that_one_run_cannot_fill_in_is_named_in_its_log(capsys, tmp_path):
    """The result is kept all the same."""

    @task(persist_result=True, result_storage=tmp_path, result_storage_key="{parameters[day]}")
    def named(**parameters):
        return parameters

    state = named(number=1, return_state=True)
    assert state.result() == {"number": 1}
    said = capsys.readouterr().err
    assert """The result_storage_key '{parameters[day]}' of the task "named" cannot""" in said


def test_a_key_may_be_the_name_of_a_folder_of_ours(tmp_path):
    """Results without a key, and the parameters of background runs, are in folders."""

    @task(persist_result=True, result_storage=tmp_path, result_storage_key="{parameters[key]}")
    def named(key):
        return key

    @task(persist_result=True, result_storage=tmp_path, cache_policy=NO_CACHE)
    def unnamed():
        return "unnamed"

    assert unnamed(return_state=True).result() == "unnamed"
    later.with_options(result_storage=tmp_path).delay()
    for key in ("runs", "parameters", "runs"):
        assert named(key) == key
    assert unnamed(return_state=True).result() == "unnamed"
