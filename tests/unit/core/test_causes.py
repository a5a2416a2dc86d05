"""What is suspected of a failure, how sure that is, and how often it was there before."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import causes
from peninsula.core.causes import (
    Dismissed,
    Evidence,
    Failure,
    Occurrence,
    PastRun,
    Seen,
    Sighting,
    Strength,
    Suspicion,
)
from peninsula.core.causes.evidence import evidence_of, strength_of
from peninsula.core.life import describe
from tests.support.make import START


class OddError(Exception):
    """An exception of a test."""


@pytest.mark.parametrize(
    ("message", "type_"),
    [
        (describe(ValueError("no: rows")), "ValueError"),
        (describe(KeyboardInterrupt()), "KeyboardInterrupt"),
        (describe(OddError("x")), "OddError"),
        ("test.<locals>.HttpError: 404", "test.<locals>.HttpError"),
        ("2 of 3 task runs failed: clean-0", None),
        ("Stopped", None),
        ("gone", None),
        (None, None),
    ],
)
def test_a_message_begins_with_the_type_of_its_exception(message, type_):
    """As the engine writes it; other messages have none."""
    assert causes.error_type(message) == type_


FAILED = START + timedelta(minutes=20)
LAKE = "s3://lake"


def seen(number: int, minute: float, name: str = "a", **more) -> Seen:
    """An event that many minutes after the start."""
    occurred = START + timedelta(minutes=minute)
    return Seen(**{
        "id": UUID(int=number), "name": name, "resource": LAKE, "occurred": occurred, **more
    })  # fmt: skip


def failure(text: str = "", **more) -> Failure:
    """A failure of a run that touched the lake."""
    return Failure(**{"at": FAILED, "text": text, "touched": frozenset({LAKE}), **more})


NONE = Dismissed()


def never(suspicion: Suspicion) -> Occurrence:
    """A past that says nothing."""
    return Occurrence(failures=0, of_failures=0, successes=0, of_successes=0)


def telling(suspicion: Suspicion) -> Occurrence:
    """A past that speaks against it."""
    return Occurrence(failures=3, of_failures=4, successes=1, of_successes=20)


def judge(found: Failure, *events: Seen, past=never, dismissed=NONE) -> tuple[Suspicion, ...]:
    """Who is named, when the past is as said."""
    weighed = [(one, past(one)) for one in causes.candidates(found, events)]
    return causes.judged(found, weighed, dismissed)


def test_facts_come_first_then_what_no_run_did_then_what_is_near():
    """Each kind of event once per resource; nothing from before the window or after the end."""
    found = judge(
        failure(),
        seen(1, 19, "removed", in_run=True),
        seen(2, 15, "changed"),
        seen(3, 12, "changed"),
        seen(4, 18, "rotated"),
        seen(5, 19, "call.failed"),
        seen(6, 9, "deleted"),
        seen(7, 21, "restarted"),
        seen(8, 19.5, "call.failed", own=True, linked=True),
    )
    assert [(one.seen.id.int, one.strength) for one in found] == [
        (8, Strength.LINKED),
        (4, Strength.LIKELY),
        (2, Strength.LIKELY),
        (1, Strength.LIKELY),
    ]


@pytest.mark.parametrize("name", ["pod.evicted", "pod.deleted", "job.failed"])
def test_pods_and_jobs_of_other_runs_are_no_suspects(name):
    """That the error names their node speaks for none; nor does a past in which others failed."""
    node, kind = "kubernetes://c/node/node-1", name.partition(".")[0]
    neighbour = {"resource": f"kubernetes://c/ns/{kind}/other", "related": (node,), "in_run": True}
    drained = seen(2, 19.5, "peninsula.kubernetes.node.drained", resource=node, in_run=True)
    found = judge(
        failure("OOMKilled on node-1", touched=frozenset({node})),
        seen(1, 19, f"peninsula.kubernetes.{name}", **neighbour),
        drained,
        past=telling,
    )
    assert [one.seen for one in found] == [drained]


RUN = "peninsula.flow-run.0198a000-0000-7000-8000-000000000001"


def of_pod(number: int, minute: float, name: str, run: str = RUN, **more) -> Seen:
    """An event of the pod, or of the Job, of that run of the tree."""
    about = {"resource": f"kubernetes://c/ns/{name.partition('.')[0]}/p", "related": (run,)}
    return seen(
        number, minute, f"peninsula.kubernetes.{name}", own=True, in_run=True, **about, **more
    )


@pytest.mark.parametrize(
    "name", ["pod.container-failed", "pod.failed", "job.failed", "pod.deleted", "job.deleted"]
)
def test_one_story_of_a_pod_is_one_suspect(name):
    """The run's failure follows it; the rest is the same, or our own doing."""
    killed = of_pod(1, 19, "pod.oom-killed", linked=True)
    text = "The container was killed for memory (OOMKilled). Pod p."
    assert [one.seen for one in judge(failure(text), killed, of_pod(2, 19, name))] == [killed]
    of_another = of_pod(3, 19, name, run=RUN.replace("1", "2"))
    assert [one.seen for one in judge(failure(text), killed, of_another)] == [killed, of_another]


@pytest.mark.parametrize(
    ("name", "seconds", "named"),
    [
        ("pod.container-failed", 0.9, False),
        ("job.failed", 0.9, False),
        ("pod.container-failed", 1.1, True),
        ("pod.evicted", 0.9, True),
        ("pod.deleted", 0.9, True),
    ],
)
def test_a_run_that_failed_by_itself_was_in_its_pod_until_then(name, seconds, named):
    """Kubernetes has whole seconds, so the end of the pod seems to be before that of the run."""
    event = of_pod(1, 20 - seconds / 60, name)
    assert bool(judge(failure("ValueError: no rows"), event)) is named


def test_facts_that_are_alike_on_one_system_are_one():
    """Ten mapped tasks that could not read a file each have one reason; the first stands for it."""
    paths = ("s3://lake/a", "s3://lake/b", "s3://other/a")
    linked = [seen(place, 19, resource=path, linked=True) for place, path in enumerate(paths)]
    assert [one.seen.resource for one in judge(failure(), *linked)] == [
        "s3://lake/a",
        "s3://other/a",
    ]


@pytest.mark.parametrize(
    ("event", "strength"),
    [
        (seen(1, 19, "call.failed", own=True, linked=True), Strength.LINKED),
        (seen(1, 19, "pod.oom-killed", resource="kubernetes://c/ns/pod/p"), Strength.STRONG),
        (seen(1, 19, "pod.started", resource="kubernetes://c/ns/pod/p"), None),
        (seen(1, 19, "call.lost", own=True, unreturned=True), Strength.LIKELY),
        (seen(1, 19, "file.removed"), Strength.LIKELY),
        (seen(1, 19, "peninsula.call.s3.delete_path.completed", method="delete_path"),
         Strength.LIKELY),
        (seen(1, 19, "peninsula.call.s3.read_path.completed", method="read_path"), None),
        (seen(1, 19, "file.removed", resource="s3://lake/b"), Strength.COINCIDENT),
        (seen(1, 19, "db.restarted", resource="postgresql://db.internal:5433/shop"),
         Strength.LIKELY),
        (seen(1, 19, "db.restarted", resource="postgresql://other.internal/shop"),
         Strength.COINCIDENT),
        (seen(1, 19, "call.failed", own=True), Strength.COINCIDENT),
        (seen(1, 19, "peninsula.process.exited", resource="peninsula.process.b"), None),
        (seen(1, 19, "peninsula.process.exited", resource="peninsula.process.a", own=True),
         Strength.STRONG),
    ],
)  # fmt: skip
def test_how_sure_it_is_follows_from_what_speaks_for_it(event, strength):
    """A link; what the run was on; the same resource, or one that the error names; time alone."""
    touched = frozenset({LAKE, "kubernetes://c/ns/pod/p", "peninsula.process.a"})
    found = judge(failure("could not connect to db.internal", touched=touched), event)
    assert [one.strength for one in found] == ([] if strength is None else [strength])


@pytest.mark.parametrize(
    ("minute", "strength"), [(14.9, Strength.COINCIDENT), (15.1, Strength.STRONG)]
)
def test_what_befell_the_infrastructure_before_the_run_was_there_only_preceded(minute, strength):
    """A worker that stopped and was back when it took the run has nothing to do with its end."""
    worker = "peninsula.worker.a"
    since = {worker: START + timedelta(minutes=15)}
    event = seen(1, minute, "peninsula.worker.stopped", resource=worker)
    (found,) = judge(failure(touched=frozenset({worker}), since=since), event)
    assert found.strength is strength


def test_a_paused_pool_ends_no_run():
    """It keeps runs from beginning, and this one had begun."""
    pool = "peninsula.work-pool.a"
    event = seen(1, 19, "peninsula.work-pool.paused", resource=pool)
    assert judge(failure(touched=frozenset({pool})), event) == ()


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("cannot reach db.internal", Strength.LIKELY),
        ("cannot reach db.internal:5432", Strength.LIKELY),
        ('server at "db.internal", port 5432 failed', Strength.LIKELY),
        ('server at "db.internal", port 2 failed', Strength.COINCIDENT),
        ("HTTPConnectionPool(host='db.internal', port=2): refused", Strength.COINCIDENT),
        ("db.internal:2 is away, so is db.internal:5432", Strength.LIKELY),
    ],
)
def test_an_error_that_names_another_port_does_not_name_the_host(text, strength):
    """Two servers of one machine have no more to do with each other than two machines."""
    event = seen(1, 19, "db.restarted", resource="postgresql://db.internal/shop")
    (found,) = judge(failure(text), event)
    assert found.strength is strength


@pytest.mark.parametrize(
    ("text", "resource", "named"),
    [
        ("KeyError: 'orders'", "redis://db.internal:6399/0/orders", False),
        ("KeyError: '/mnt/sales/x.csv'", "s3://sales/x.csv", False),
        ("ValueError: no rows in sales for monday", "s3://sales/tmp/1", False),
        ("no such key: raw/monday.csv", "s3://sales/raw/monday.csv", True),
        ("no such key: raw/monday.csv.gz", "s3://sales/raw/monday.csv", False),
        ("cannot read s3://sales/monday.csv.", "s3://sales/monday.csv", True),
        ("KeyError: 'monday.csv'", "s3://sales/monday.csv", False),
        ("cannot reach redis at cache:6379", "redis://cache/0/orders", True),
        ("cannot reach cache", "redis://cache/0/orders", False),
        ("cannot reach db.internal", "redis://db.internal/0/orders", True),
        ("cannot reach 127.0.0.1", "redis://127.0.0.1:6399/0/orders", False),
        ("cannot reach 127.0.0.1:6399", "redis://127.0.0.1:6399/0/orders", True),
        ("db.internal:5432 has no orders", "redis://db.internal:6399/0/orders", False),
    ],
)
def test_a_word_is_too_little_of_a_system_that_the_run_did_not_touch(text, resource, named):
    """A whole id or path tells, a host with its domain or its port; what it touched, a word."""
    removed = seen(1, 19, "call.completed", resource=resource, method="remove", in_run=True)
    (found,) = judge(failure(text), removed)
    assert (found.strength is Strength.LIKELY) is named


def test_another_run_that_failed_on_the_named_host_is_no_cause():
    """It is a fellow victim: what both suffer from is not known by it."""
    fellow = seen(1, 19, "call.failed", resource="postgresql://db.internal/a", in_run=True)
    found = judge(failure("cannot reach db.internal"), fellow)
    assert causes.probable(found) is None


def test_a_call_that_had_not_returned_when_the_time_was_up_is_strong():
    """It is what the run waited for; an event of the pod does not outweigh it."""
    pod = "kubernetes://c/ns/pod/p"
    found = judge(
        failure(timed_out=300.0, touched=frozenset({LAKE, pod})),
        seen(1, 19.5, "pod.killed", resource=pod),
        seen(2, 11, "call.lost", own=True, unreturned=True),
    )
    assert [one.seen.id.int for one in found] == [2, 1]
    assert {one.strength for one in found} == {Strength.STRONG}


def test_a_call_that_took_most_of_the_time_of_a_run_whose_time_was_up_is_strong():
    """However it ended; a short one is everyday work, and so is a long one of another run."""
    calls = [
        seen(1, 15, "call.completed", own=True, seconds=200.0),
        seen(2, 16, "call.completed", own=True, seconds=100.0),
        seen(3, 17, "call.completed", seconds=299.0, in_run=True),
    ]
    assert [one.seen.id.int for one in judge(failure(timed_out=300.0), *calls)] == [1]
    assert judge(failure(), *calls) == ()


def test_of_calls_in_calls_the_innermost_is_where_the_time_went():
    """Those around it waited for it."""
    outer = seen(1, 20, "a.lost", own=True, unreturned=True)
    inner = seen(2, 20, "b.lost", own=True, unreturned=True, follows=outer.id)
    beside = seen(3, 20, "c.lost", own=True, unreturned=True)
    assert [one.seen.id.int for one in judge(failure(), outer, inner, beside)] == [2, 3, 1]


def test_a_call_that_waited_for_who_called_it_is_no_suspect():
    """A generator between two values, or what `with` is within: it was not at work."""
    idle = seen(1, 20, "rows.lost", own=True, idle=True)
    assert judge(failure(), idle) == ()
    assert judge(failure(timed_out=300.0), idle) == ()


def test_a_call_that_was_cut_off_as_the_time_was_up_is_likely():
    """However short it was till then; of several, the one that took longest comes first."""
    calls = [
        seen(1, 20, "a.cancelled", own=True, seconds=10.0, cut_off=True),
        seen(2, 20, "b.cancelled", own=True, seconds=80.0, cut_off=True),
        seen(3, 20, "c.cancelled", own=True, seconds=90.0),
    ]
    found = judge(failure(timed_out=300.0), *calls)
    assert [(one.seen.id.int, one.strength) for one in found] == [
        (2, Strength.LIKELY),
        (1, Strength.LIKELY),
    ]
    assert judge(failure(), *calls) == ()


@pytest.mark.parametrize(
    ("calls", "strength"),
    [
        ([("call.completed", {})], Strength.COINCIDENT),
        ([("call.completed", {"resource": "s3://lake/b"})], Strength.LIKELY),
        ([("call.completed", {}), ("call.failed", {})], Strength.LIKELY),
        ([("call.completed", {}), ("call.failed", {"linked": True})], Strength.LIKELY),
        ([("call.completed", {"own": False, "in_run": True})], Strength.LIKELY),
        ([("call.completed", {"resource": "s3://other", "related": (LAKE,)})], Strength.COINCIDENT),
    ],
)
def test_a_change_is_no_cause_where_the_run_used_it_well_since(calls, strength):
    """All of its own calls on that very thing passed: what failed is something else."""
    used = [
        seen(place, 16 + place, name, **{"own": True, "method": "get", **more})
        for place, (name, more) in enumerate(calls)
    ]
    found = judge(failure(), seen(9, 15, "document.updated"), *used)
    (change,) = [one for one in found if one.seen.name == "document.updated"]
    assert change.strength is strength


def test_what_the_run_got_over_is_no_suspect():
    """A call that failed and went well when it was tried again; another that did not is."""
    found = judge(
        failure(),
        seen(1, 15, "call.failed", own=True, method="read"),
        seen(2, 16, "call.completed", own=True, method="read"),
        seen(3, 17, "call.failed", own=True, method="write"),
        seen(4, 18, "call.completed", own=True, method="list"),
    )
    assert [one.seen.id.int for one in found] == [3]
    assert causes.probable(found) is None


def test_the_machine_itself_is_named_with_its_port_alone():
    """`localhost` is a word of many errors; with a port it is one server."""
    cache = "redis://localhost:6399/0"
    call = seen(1, 15, "call.failed", own=True, method="set", resource=cache)
    touched = frozenset({cache})
    for text, named in (("cannot reach localhost:6399", True), ("localhost is odd", False)):
        [found] = judge(failure(text, touched=touched), call)
        assert (found.strength is Strength.LIKELY) is named


S3_KEY = "s3://lake/config/orders"
SITE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("text", "failed", "passed"),
    [
        ("KeyError: 'orders'", S3_KEY, "s3://lake/raw/today.csv"),
        ("ValueError: state.json lacks 'since'", "file:///x/state.json", "file:///x/state.json"),
        ("ValueError: config/orders has no rows in lake", S3_KEY, S3_KEY),
        (f"ValueError: bad payload at {SITE}/ok/x", f"{SITE}/status/401/x", f"{SITE}/ok/x"),
    ],
)
def test_what_the_run_got_over_is_not_what_a_later_error_names(text, failed, passed):
    """A file looked for in vain and then written, a question before the login: all went on well."""
    found = judge(
        failure(text, touched=frozenset({failed, passed})),
        seen(1, 15, "call.failed", own=True, method="read", resource=failed, error="HTTP 404"),
        seen(2, 16, "call.completed", own=True, method="write", resource=passed),
    )
    assert causes.probable(found) is None


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("RuntimeError: no data from lake", "s3://elsewhere/raw"),
        ("RuntimeError: lake/config/orders is missing", "s3://lake/raw/today.csv"),
        ("RuntimeError: 1 of 2: the specified key does not exist", S3_KEY),
    ],
)
def test_an_error_that_means_the_call_names_it_whatever_went_well_since(text, passed):
    """On another system, by the whole path of what is still missing, or by its own message."""
    said = "NoSuchKey: the specified key does not exist"
    found = judge(
        failure(f"{text} (config/orders)"),
        seen(1, 15, "call.failed", own=True, method="read", resource=S3_KEY, error=said),
        seen(2, 16, "call.completed", own=True, method="write", resource=passed),
    )
    assert causes.probable(found).seen.id.int == 1


def test_what_failed_for_another_run_and_went_well_here_since_is_no_suspect():
    """A busy bucket has a failure of somebody every minute; what was removed there still is one."""
    found = judge(
        failure(),
        seen(1, 15, "call.failed", in_run=True, method="write"),
        seen(2, 15.5, "removed", in_run=True),
        seen(3, 16, "call.completed", own=True, method="read"),
        seen(4, 17, "call.failed", in_run=True, method="write"),
    )
    assert {one.seen.id.int for one in found} == {2, 4}


FELLOW = {"name": "call.failed", "in_run": True, "method": "get", "error": "HTTP 500"}
OWN = {"name": "call.completed", "own": True, "method": "put"}
TABLE = "postgresql://db.internal/shop"


@pytest.mark.parametrize(
    ("used", "strength"),
    [
        ({}, Strength.COINCIDENT),
        ({"resource": "s3://lake/b"}, Strength.COINCIDENT),
        ({"resource": "https://api", "related": (LAKE,)}, Strength.COINCIDENT),
        ({"name": "call.failed"}, Strength.COINCIDENT),
        ({"name": "call.lost", "idle": True}, Strength.COINCIDENT),
        ({"name": "call.lost", "unreturned": True}, Strength.LIKELY),
        ({"name": "call.lost", "unreturned": True, "resource": "s3://lake/b"}, Strength.LIKELY),
        ({"name": "call.lost", "unreturned": True, "resource": "s3://b"}, Strength.COINCIDENT),
    ],
)
def test_a_call_that_failed_for_another_run_is_none_of_one_whose_own_came_back(used, strength):
    """Before it or after it, to any path there; one that hung there leaves room for it."""
    for minute in (14, 18):
        own = seen(2, minute, **{**OWN, "resource": "s3://lake/a", **used})
        found = judge(failure(), seen(1, 16, **FELLOW), own)
        (fellow,) = [one for one in found if one.seen.id.int == 1]
        assert fellow.strength is strength


@pytest.mark.parametrize(
    ("told", "blamed"),
    [({}, False), ({"resource": "s3://lake/b"}, True), ({"name": "check.failed"}, True)],
)
def test_what_runs_tell_of_their_own_failures_is_no_cause_of_the_next_one(told, blamed):
    """The run tells the same of the same thing as it fails, and so did the one before."""
    own = seen(2, 19, **{"name": "load.failed", "own": True, **told})
    found = causes.probable(judge(failure(), seen(1, 16, "load.failed", in_run=True), own))
    assert (found.seen.id.int if found else None) == (1 if blamed else None)


@pytest.mark.parametrize(
    ("more", "strength"),
    [
        ({"name": "call.cancelled", "cut_off": True}, Strength.LIKELY),
        ({"seconds": 200.0}, Strength.LIKELY),
        ({"seconds": 20.0}, Strength.COINCIDENT),
    ],
)
def test_time_that_was_up_leaves_room_where_the_run_spent_it(more, strength):
    """In a call there that was cut off, or that took most of it."""
    own = seen(2, 18, **{**OWN, "resource": "s3://lake/a", **more})
    found = judge(failure(timed_out=300.0), seen(1, 16, **FELLOW), own)
    (fellow,) = [one for one in found if one.seen.id.int == 1]
    assert fellow.strength is strength


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("KeyError: 'amount'", Strength.COINCIDENT),
        ("RuntimeError: nothing from lake", Strength.LIKELY),
        ("app.UnavailableError: try later", Strength.LIKELY),
        ("RuntimeError: no \nTimeoutError", Strength.LIKELY),
        ("KeyError: 'Timeout'", Strength.COINCIDENT),
        ("aiohttp.ServerDisconnectedError", Strength.LIKELY),
        ("httpx.RemoteProtocolError: peer closed", Strength.LIKELY),
        ("httpx.UnsupportedProtocol: no scheme", Strength.COINCIDENT),
        ("urllib3.exceptions.ProtocolError: broken", Strength.LIKELY),
        ("BrokenPipeError: [Errno 32] Broken pipe", Strength.LIKELY),
        ("ssl.SSLError: bad record mac", Strength.LIKELY),
        ("http.client.IncompleteRead: 3 bytes", Strength.LIKELY),
    ],
)
def test_use_that_no_call_tells_of_leaves_room_by_what_the_error_says(text, strength):
    """It names the system, or is of a kind that comes from outside."""
    (found,) = judge(failure(text), seen(1, 16, **FELLOW))
    assert found.strength is strength


@pytest.mark.parametrize(
    ("error", "status", "refused"),
    [
        ('ProgrammingError: relation "oders" does not exist', None, True),
        ("OperationalError: (sqlite3.OperationalError) no such table: oders", None, True),
        ("OperationalError: database is locked", None, False),
        ("NoSuchBucketPolicy: An error occurred", None, True),
        ("ClientError: An error occurred (404): Not Found", None, True),
        ("FileNotFoundError: gone.csv", None, True),
        ("HTTP 404", None, True),
        ("HTTP 429", None, False),
        ("HTTP 503", None, False),
        ("HTTPStatusError: …", 403, True),
        ("HTTPStatusError: …", 408, False),
        ("HTTPStatusError: …", 500, False),
        ("ConnectError: lookup db: no such host", None, False),
        ("ConnectionError: Host not found", None, False),
        ("ServerNotFoundError: Unable to find the server at lake", None, False),
        ('OperationalError: FATAL: database "shop" does not exist', None, False),
        ("", None, False),
    ],
)
def test_what_another_run_asked_for_in_vain_is_its_own(error, status, refused):
    """How the system is, is everybody's; a run that asked for the same path has asked as well."""
    fellow = seen(1, 16, **{**FELLOW, "error": error, "status": status, "resource": "s3://lake/a"})
    hung = {"name": "call.lost", "own": True, "method": "get", "unreturned": True}
    known = failure(touched=frozenset({LAKE, "s3://lake/a"}))

    def strength(path: str) -> Strength:
        found = judge(known, fellow, seen(2, 20, **hung, resource=path))
        return next(one.strength for one in found if one.seen is fellow)

    assert strength("s3://lake/b") is (Strength.COINCIDENT if refused else Strength.LIKELY)
    assert strength("s3://lake/a") is Strength.LIKELY


def test_a_statement_is_of_no_path():
    """All go to the database itself: that another one was wrong says nothing of this one."""
    known = failure(touched=frozenset({TABLE}))
    wrong = {**FELLOW, "error": "ProgrammingError: no", "resource": TABLE}
    hung = {"name": "call.lost", "own": True, "method": "get", "unreturned": True}
    found = judge(known, seen(1, 16, **wrong), seen(2, 20, **hung, resource=TABLE))
    assert [(one.seen.id.int, one.strength) for one in found] == [
        (2, Strength.LIKELY),
        (1, Strength.COINCIDENT),
    ]


def test_a_question_about_a_pod_that_failed_is_no_trouble_of_the_pod():
    """Another run asked for it, or a program outside of runs."""
    pod = "kubernetes://c/ns/pod/p"
    known = failure("KeyError: 'a'", touched=frozenset({pod}))
    for in_run in (True, False):
        (found,) = judge(known, seen(1, 19, **{**FELLOW, "resource": pod, "in_run": in_run}))
        assert found.strength is Strength.COINCIDENT


def test_what_recurs_before_failures_speaks():
    """Everyday work, and an event of another part of the system, if the past is against them."""
    work, elsewhere = seen(1, 19), seen(2, 19, "file.removed", resource="s3://lake/b")
    assert judge(failure(), work) == ()
    (found,) = judge(failure(), work, past=telling)
    assert (found.strength, found.history.failures) == (Strength.COINCIDENT, 3)
    (found,) = judge(failure(), elsewhere, past=telling)
    assert found.strength is Strength.LIKELY
    assert Evidence.RECURRING in found.evidence


@pytest.mark.parametrize(
    ("failures", "successes", "speaks"),
    [
        ((1, 1), (0, 2), False),
        ((2, 2), (0, 20), False),
        ((3, 3), (0, 1), False),
        ((3, 3), (0, 3), False),
        ((3, 3), (0, 4), True),
        ((3, 4), (1, 20), True),
        ((8, 9), (6, 6), False),
        ((35, 36), (10, 11), False),
        ((30, 36), (4, 14), True),
        ((3, 9), (0, 0), False),
    ],
)
def test_more_often_is_what_chance_does_not_give(failures, successes, speaks):
    """So many of so many: with few runs, or most of both, a difference says nothing."""
    history = Occurrence(
        failures=failures[0],
        of_failures=failures[1],
        successes=successes[0],
        of_successes=successes[1],
    )
    (found,) = judge(failure(), seen(1, 19, "file.removed"), past=lambda _: history)
    assert (Evidence.RECURRING in found.evidence) is speaks


def test_what_someone_dismissed_comes_last_and_is_not_the_cause():
    """It stays in sight, whatever speaks for it."""
    link = seen(1, 19, "call.failed", own=True, linked=True)
    other = seen(2, 18, "policy.changed")
    same = frozenset({causes.alike(link)})
    found = judge(failure(), link, other, dismissed=Dismissed(here=same))
    assert [(one.seen.id.int, one.dismissed) for one in found] == [(2, False), (1, True)]
    assert causes.probable(found).seen is other
    assert causes.probable(judge(failure(), link, dismissed=Dismissed(here=same))) is None


def test_what_was_dismissed_of_other_runs_yields_to_a_link():
    """Of this failure it is a fact; where it only came before, someone knows better."""
    link = seen(1, 19, "call.failed", own=True, linked=True)
    before = seen(2, 18, "policy.changed")
    said = Dismissed(elsewhere=frozenset({causes.alike(link), causes.alike(before)}))
    found = judge(failure(), link, before, dismissed=said)
    assert [(one.seen.id.int, one.dismissed) for one in found] == [(1, False), (2, True)]


@given(st.data())
def test_the_order_does_not_depend_on_how_events_are_read(data):
    """Nor does anything else: shuffled events give the same suspects."""
    names = st.sampled_from(["call.failed", "policy.changed", "call.completed", "call.lost"])
    events = data.draw(st.lists(st.builds(
        lambda minute, name, own, linked, resource: (minute, name, own, linked, resource),
        st.integers(8, 22), names, st.booleans(), st.booleans(),
        st.sampled_from([LAKE, "s3://lake/a", "postgresql://db/x"]),
    ), max_size=12))  # fmt: skip
    made = [
        seen(place, minute, name, own=own, linked=linked, resource=resource)
        for place, (minute, name, own, linked, resource) in enumerate(events)
    ]
    shuffled = data.draw(st.permutations(made))
    assert judge(failure(), *made) == judge(failure(), *shuffled)


def test_the_past_counts_runs_in_which_it_happened():
    """In it or shortly before it; a fact that some run made, only in that run."""
    past = [
        PastRun(
            run=number,
            began=START + timedelta(hours=number),
            ended=START + timedelta(hours=number, minutes=5),
            failed=number % 2 == 0,
        )
        for number in range(5)
    ]
    sightings = [
        Sighting(occurred=START + timedelta(hours=2), root=2),
        Sighting(occurred=START + timedelta(minutes=55), root=7),
        Sighting(occurred=START + timedelta(hours=3, minutes=6), root=None),
    ]
    linked = causes.occurrence(past, sightings, Strength.LINKED)
    assert (linked.failures, linked.of_failures) == (1, 3)
    assert (linked.successes, linked.of_successes) == (0, 2)
    coincident = causes.occurrence(past, sightings, Strength.COINCIDENT)
    assert (coincident.failures, coincident.successes) == (1, 1)
    outside = [Sighting(occurred=START + timedelta(minutes=55), root=None)]
    assert causes.occurrence(past, outside, Strength.LINKED).successes == 1


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("The process was ended by signal 9 (exit code 137).", Strength.STRONG),
        ("The container was killed for memory (OOMKilled): its limit is 1Gi.", Strength.STRONG),
        ("The process ended with exit code 3.", Strength.COINCIDENT),
    ],
)
def test_a_kill_on_a_node_speaks_for_the_failure_of_what_was_killed(text, strength):
    """Of another process that ran there it says nothing."""
    node = "kubernetes://c/node/n1"
    killed = seen(1, 19, "peninsula.kubernetes.node.process-killed", resource=node)
    found = failure(text, touched=frozenset({node}))
    assert strength_of(evidence_of(killed, found)) is strength


PRICES = "https://prices.example"


def answer(number: int, minute: float, status: int, system: str = PRICES, **more) -> Seen:
    """A call of the run's own by HTTP."""
    name = f"call.get.{'failed' if status >= 400 else 'completed'}"
    called = {"resource": system, "method": "get", "status": status, "own": True}
    return seen(number, minute, name, **called | more)


@pytest.mark.parametrize(
    "text",
    [
        "RuntimeError: prices answered 503",
        "RuntimeError: 503 from prices",
        "RuntimeError: status=503, body: none",
        "RuntimeError: got HTTP 503.",
    ],
)
def test_an_error_that_says_what_the_last_failed_call_was_answered_is_likely_of_it(text):
    """The code has looked at the status, and raised; beside another answer that it got over."""
    found = judge(failure(text), answer(1, 18, 404, LAKE), answer(2, 19, 503))
    assert [(one.seen.id.int, one.strength) for one in found] == [
        (2, Strength.LIKELY),
        (1, Strength.COINCIDENT),
    ]
    assert Evidence.ANSWERED in found[0].evidence


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("KeyError: 'amount'", []),
        ("ValueError: 5031 rows", []),
        ("ValueError: 0.503 is too little, 503.5 too much", []),
        ("ValueError: order-503, /orders/503, #503 or 1,503", []),
        ("OSError: no way to db.internal:503", []),
        ("RuntimeError: answered 503", [answer(2, 19, 200, f"{PRICES}/other")]),
        ("RuntimeError: answered 503", [answer(2, 19, 404, LAKE)]),
        ("RuntimeError: answered 503", [answer(2, 19, 500, LAKE, own=False, linked=True)]),
    ],
)
def test_a_number_that_may_be_any_or_was_got_over_is_not_what_was_answered(text, since):
    """A part of another one or of a name; or a later call says more."""
    found = judge(failure(text), answer(1, 18, 503), *since)
    assert all(Evidence.ANSWERED not in one.evidence for one in found)


def test_what_another_run_was_answered_is_not_what_an_error_says():
    """The number is the status of its own call, or any."""
    found = judge(failure("RuntimeError: answered 503"), answer(1, 18, 503, own=False, in_run=True))
    assert all(one.strength is Strength.COINCIDENT for one in found)
