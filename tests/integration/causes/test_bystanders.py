"""Runs that used what another run failed on, and failed for themselves: none is blamed on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy

from peninsula.core.answers import Why
from peninsula.core.causes import Evidence, Strength
from peninsula.sdk.settings import settings
from tests.integration.causes.conftest import Scenario
from tests.integration.causes.test_scenarios import culprit
from tests.support import nursery
from tests.support.faulty import Faulty, start_faulty
from tests.support.processes import wait_until
from tests.support.s3 import KEY, SECRET, Store, start_store


@pytest.fixture(scope="module")
def s3() -> Iterator[Store]:
    """A server that speaks S3."""
    with start_store() as store:
        yield store


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A server of HTTP that fails as it is told."""
    with start_faulty() as found:
        yield found


@pytest.fixture
def server(start_server, database_url: str):
    """A server, once on each database."""
    return start_server(database_url=database_url)


@pytest.fixture
def told(server) -> Iterator[Scenario]:
    """What that server says."""
    settings.cache_clear()
    yield Scenario()
    settings.cache_clear()


def why_of_newest(told: Scenario, flow: str, failures: int = 1) -> Why:
    """Why the last run of a flow failed, once so many of it have."""

    def failed() -> bool:
        groups = told.overview().failing
        return sum(group.runs for group in groups if flow in group.flows) == failures

    wait_until(failed, what=f"{failures} failed runs of {flow}")
    return told.why(flow)


def incidents(told: Scenario) -> dict[str | None, set[UUID]]:
    """The runs of each incident, by the event that led to it or its error."""
    return {group.event or group.error: set(group.ids) for group in told.overview().failing}


def expect_own_failure(told: Scenario, why: Why, error: str) -> None:
    """Check that nothing outside is said to have led to it, and that it is an incident alone."""
    assert (why.cause, why.error) == (None, error)
    assert {one.strength for one in why.suspects} <= {Strength.COINCIDENT}
    assert incidents(told)[error] == {why.run.id}
    said = nursery.run(["why", str(why.run.id)], stdin="", env=os.environ, cwd=None, timeout=60)
    assert "no cause outside of its code" in said.stdout


TYPO = """
import sys
from peninsula import flow
from peninsula.blocks import DatabaseCredentials, SqlDatabase

@flow
def typo(url):
    SqlDatabase(credentials=DatabaseCredentials(url=url)).query("select * from oders")

typo(sys.argv[1])
"""

TRANSFORM = """
import sys
from peninsula import flow
from peninsula.blocks import DatabaseCredentials, SqlDatabase

@flow
def transform(url, gate):
    SqlDatabase(credentials=DatabaseCredentials(url=url)).query("select * from orders")
    print("queried", flush=True)
    open(gate).read()
    return {}["amount"]

transform(*sys.argv[1:])
"""


@pytest.fixture
def shop(request, database_url: str, tmp_path: Path) -> str:
    """The URL of a database of the user's, of the same engine as the server's."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    if database_url.startswith("postgresql"):
        url = request.getfixturevalue("postgres_url")
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders AS SELECT 1 AS id")
    engine.dispose()
    return url


def test_a_wrong_statement_of_another_run_is_its_own(told, run_script, shop, tmp_path: Path):
    """It came while this one worked on what it had read well."""
    os.mkfifo(gate := tmp_path / "gate")
    transform = run_script(TRANSFORM, shop, str(gate))
    transform.wait_for_line("queried")
    assert run_script(TYPO, shop).wait() == 1
    typo = why_of_newest(told, "typo")
    gate.write_text("go on")
    assert transform.wait() == 1
    why = why_of_newest(told, "transform")
    expect_own_failure(told, why, "KeyError")
    first = culprit(typo)
    assert first.strength is Strength.LINKED
    assert incidents(told)[first.event.event] == {typo.run.id}
    failed = told.impact(first.system).failed
    assert {one.run.id: one.linked for one in failed} == {typo.run.id: True, why.run.id: False}


SYNC = """
import sys
import requests
from peninsula import flow

@flow
def sync(url, problem):
    try:
        requests.get(url, timeout=30).raise_for_status()
    except requests.RequestException:
        if not problem:
            raise
    raise {"KeyError": KeyError, "IndexError": IndexError}[problem]("amount")

sync(*sys.argv[1:])
"""


def test_a_failure_that_was_caught_is_none_though_another_run_failed_by_it(
    told, run_script, faulty
):
    """An answer of 500, and a connection that was refused; as it is without the other run."""
    faulty.statuses = [500, 500]
    runs = 0
    for url, error in ((faulty.url, "KeyError"), ("http://127.0.0.1:1", "IndexError")):
        assert run_script(SYNC, f"{url}/orders", "").wait() == 1
        assert culprit(why_of_newest(told, "sync", runs + 1)).strength is Strength.LINKED
        assert run_script(SYNC, f"{url}/orders", error).wait() == 1
        runs += 2
        expect_own_failure(told, why_of_newest(told, "sync", runs), error)


CHECKS = """
import sys
import requests
from peninsula import flow

@flow
def prices(url):
    requests.get(url + "/old", timeout=30)
    answer = requests.get(url + "/new", timeout=30)
    if answer.status_code != 200:
        raise RuntimeError(f"prices answered {answer.status_code}")

prices(sys.argv[1])
"""


def test_an_answer_that_the_code_has_looked_at_itself_is_likely(told, run_script, faulty):
    """It raised nothing, but the error says its status: that of the call which failed last."""
    faulty.statuses = [404, 503]
    assert run_script(CHECKS, faulty.url).wait() == 1
    first = culprit(why_of_newest(told, "prices"))
    assert (first.strength, first.event.resource.id) == (Strength.LIKELY, f"{faulty.url}/new")
    assert first.evidence[0] is Evidence.ANSWERED


POLICY = """
import sys
import boto3
from peninsula import flow

def client(url, key, secret):
    return boto3.client("s3", endpoint_url=url, aws_access_key_id=key,
        aws_secret_access_key=secret, region_name="us-east-1")

@flow
def policy(bucket, *login):
    client(*login).get_bucket_policy(Bucket=bucket)

@flow
def copy(bucket, *login):
    s3 = client(*login)
    s3.put_object(Bucket=bucket, Key="ok", Body=b"1")
    s3.get_object(Bucket=bucket, Key="ok")["Body"].read()
    return {}["amount"]

{"policy": policy, "copy": copy}[sys.argv[1]](*sys.argv[2:])
"""


def test_a_question_that_a_bucket_answers_with_no_is_no_trouble_of_it(told, run_script, s3):
    """Another run used a path of the bucket well afterwards."""
    given = (s3.bucket(), s3.url, KEY, SECRET)
    assert run_script(POLICY, "policy", *given).wait() == 1
    assert run_script(POLICY, "copy", *given).wait() == 1
    assert culprit(why_of_newest(told, "policy")).strength is Strength.LINKED
    expect_own_failure(told, why_of_newest(told, "copy"), "KeyError")


NOTIFY = """
import sys
import requests
from peninsula import flow
from peninsula.blocks import Notification

@flow
def tell(url):
    Notification(url=url.replace("http://", "json://")).notify("it is done")

@flow
def ask(url):
    requests.get(url + "/ok", timeout=30).raise_for_status()
    return {}["amount"]

{"tell": tell, "ask": ask}[sys.argv[1]](sys.argv[2])
"""


def test_a_message_that_another_run_could_not_send_says_nothing_of_what_was_answered(
    told, run_script, faulty
):
    """Of the same host, asked for something else, and well."""
    faulty.statuses = [500]
    assert run_script(NOTIFY, "tell", faulty.url).wait() == 1
    assert run_script(NOTIFY, "ask", faulty.url).wait() == 1
    assert culprit(why_of_newest(told, "tell")).strength is Strength.LINKED
    expect_own_failure(told, why_of_newest(told, "ask"), "KeyError")
