"""The stories of a failed night: what a flow used, and who else depends on it."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
import sqlalchemy

from tests.support import nursery
from tests.support.processes import wait_until
from tests.support.s3 import KEY, SECRET, Store, start_store

S3_FLOW = """
from peninsula import flow
from peninsula.blocks import S3Bucket

@flow
def nightly():
    lake = S3Bucket.load("lake")
    text = lake.read_path("raw/orders.csv").decode()
    lake.write_path("clean/orders.csv", text.upper().encode())

nightly()
"""

SQL_FLOW = """
import sys
from peninsula import flow
from peninsula.blocks import SqlDatabase

@flow
def count():
    warehouse = SqlDatabase.load("warehouse")
    return warehouse.fetch_all("SELECT count(*) FROM orders")[0][0]

for _ in range(int(sys.argv[1])):
    state = count(return_state=True)
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[Store]:
    """A server that speaks S3."""
    with start_store() as store:
        yield store


def peninsula(*arguments: object, stdin: str = "") -> str:
    """Return what a command says."""
    said = [str(argument) for argument in arguments]
    done = nursery.run(said, stdin=stdin, env=os.environ, cwd=None, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(server, path: str, **parameters):
    """Return what the server answers."""
    key = (server.home / "token").read_text().strip()
    request = urllib.request.Request(
        f"{server.url}/api/{path}?{urllib.parse.urlencode(parameters)}",
        headers={"Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def create(type_: str, name: str, *, overwrite: bool = False, **fields) -> str:
    """Make a block on the command line, and return the resource that it is."""
    options = ["--name", name, "--data", "-", "--json", *(["--overwrite"] if overwrite else [])]
    made = json.loads(peninsula("block", "create", type_, *options, stdin=json.dumps(fields)))
    return f"peninsula.block-document.{made['id']}"


def runs_by_outcome(server, resource: str) -> dict[str, set[str]]:
    """Return the flow runs on a resource's page, by their state."""
    found = asked(server, "resource/runs", id=resource, kind="flow-run", limit=200)["items"]
    states = {each["run"]["state"]["type"] for each in found}
    return {
        state: {each["run"]["id"] for each in found if each["run"]["state"]["type"] == state}
        for state in states
    }


def test_a_run_fails_for_want_of_an_object(s3, server, run_script):
    """Why names the read of that key, linked, first; the bucket's page has both runs."""
    peninsula("block", "register", "-m", "peninsula.blocks")
    bucket = s3.bucket()
    create(
        "aws-credentials",
        "lake",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        aws_client_parameters={"endpoint_url": s3.url},
    )
    lake = create("s3-bucket", "lake", bucket_name=bucket, credentials="aws-credentials/lake")
    s3.client.put_object(Bucket=bucket, Key="raw/orders.csv", Body=b"a,b")

    run_script(S3_FLOW).succeed()
    written = s3.client.get_object(Bucket=bucket, Key="clean/orders.csv")["Body"].read()
    assert written == b"A,B"
    s3.client.delete_object(Bucket=bucket, Key="raw/orders.csv")
    assert run_script(S3_FLOW).wait() == 1

    outcomes = wait_until(lambda: both(runs_by_outcome(server, lake)), what="both runs")
    [failed] = outcomes["FAILED"]
    key = f"s3://{bucket}/raw/orders.csv"
    for said in (
        asked(server, f"flow-runs/{failed}/why"),
        json.loads(peninsula("why", failed, "--json")),
    ):
        first = said["suspects"][0]
        assert first["event"]["event"] == "peninsula.call.s3-bucket.read_path.failed"
        assert first["event"]["resource"]["id"] == key
        assert first["strength"] == "linked"
        assert said["cause"] == first["event"]["id"]
    assert "read_path" in peninsula("why", failed)
    assert key in peninsula("why", failed)


def both(outcomes: dict[str, set[str]]) -> dict[str, set[str]] | None:
    """Return the outcomes once a run has failed and one has passed."""
    return outcomes if {"FAILED", "COMPLETED"} <= outcomes.keys() else None


def test_a_password_is_changed(server, run_script, postgres_url):
    """Of 40 runs with one database the 25 after that failed: so say its page and the login's."""
    peninsula("block", "register", "-m", "peninsula.blocks")
    admin = sqlalchemy.create_engine(postgres_url)
    with admin.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE story LOGIN PASSWORD 'before-the-change'")
        connection.exec_driver_sql("CREATE TABLE orders AS SELECT 1 AS id")
        connection.exec_driver_sql("GRANT SELECT ON orders TO story")
    url = sqlalchemy.make_url(postgres_url).set(username="story", password="before-the-change")
    login = create("database-credentials", "login", url=url.render_as_string(hide_password=False))
    warehouse = create("sql-database", "warehouse", credentials="database-credentials/login")

    run_script(SQL_FLOW, "15").succeed()
    with admin.begin() as connection:
        connection.exec_driver_sql("ALTER ROLE story PASSWORD 'after-the-change'")
    run_script(SQL_FLOW, "25").succeed()
    try:
        _expect_impact(server, [login, warehouse])
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY story; DROP ROLE story")
        admin.dispose()


def _expect_impact(server, blocks: list[str]) -> None:
    wait_until(
        lambda: sum(map(len, runs_by_outcome(server, blocks[0]).values())) == 40, what="all runs"
    )
    outcomes = runs_by_outcome(server, blocks[0])
    for block in blocks:
        assert runs_by_outcome(server, block) == outcomes
        for said in (
            asked(server, "resource/impact", id=block),
            json.loads(peninsula("impact", block, "--json")),
        ):
            assert {each["run"]["id"] for each in said["failed"]} == outcomes["FAILED"]
            assert {each["run"]["id"] for each in said["passed"]} == outcomes["COMPLETED"]
            assert (len(said["failed"]), len(said["passed"])) == (25, 15)
            assert all(each["linked"] for each in said["failed"])
