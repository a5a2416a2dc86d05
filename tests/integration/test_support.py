"""The tests' own tools do what tests rely on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import kube_cluster, nursery
from tests.support.postgres import Cluster
from tests.support.processes import peninsula, wait_until
from tests.support.soak import rounds


def plain(url: str) -> str:
    """Return a URL as psycopg itself reads it."""
    return url.replace("+psycopg", "")


def test_home_is_the_tests_own(home, tmp_path):
    """No test sees the user's home or settings."""
    assert os.environ["PENINSULA_HOME"] == str(home)
    assert home.parent == tmp_path
    assert {name for name in os.environ if name.startswith("PENINSULA_")} == {"PENINSULA_HOME"}


@given(st.integers())
def test_property_tests_run_beside_the_home(number):
    """A property test needs no exception for the fixture that every test has."""
    assert isinstance(number, int)


def test_databases_are_fresh(postgres: Cluster):
    """What one database holds, the next one does not."""
    for _ in range(2):
        with postgres.fresh_database() as url, psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE once ()")


def test_database_is_dropped_under_open_connections(postgres: Cluster):
    """A test that leaves a connection open does not leave its database."""
    with postgres.fresh_database() as url:
        connection = psycopg.connect(plain(url))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


def test_template_is_prepared_once(postgres: Cluster):
    """Databases made from a template hold what it holds, and preparing it is paid once."""
    calls: list[str] = []

    def prepare(url: str) -> None:
        calls.append(url)
        with psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE prepared ()")

    for _ in range(2):
        template = postgres.template("with_table", prepare)
        with postgres.fresh_database(template) as url, psycopg.connect(plain(url)) as connection:
            assert connection.execute("SELECT count(*) FROM prepared").fetchone() == (0,)
    assert len(calls) == 1


def test_line_is_awaited(run_script):
    """A test goes on when the program has said a line, and knows how it ended."""
    program = run_script("import sys; print('ready', sys.argv[1]); sys.exit(3)", "now")
    assert program.wait_for_line("ready") == "ready now"
    assert program.wait() == 3


def test_missing_line_is_reported_at_once(run_script):
    """A program that ends without the line fails the test with what it printed, not by time-out."""
    program = run_script("print('something else')")
    with pytest.raises(AssertionError, match="something else"):
        program.wait_for_line("ready", timeout=3600)


def test_random_kill(run_script, random: Random):
    """A program is killed at a random moment, in each of many rounds."""
    for _ in range(rounds(2, soak=20)):
        program = run_script("import signal; signal.pause()")
        assert program.kill_within(0.1, random)
        assert program.returncode == -signal.SIGKILL


def test_children_end_with_the_program(run_script):
    """Closing a program ends what it started, also after it has ended itself."""
    child = "import os, signal; pid = os.fork(); print(pid) if pid else signal.pause()"
    program = run_script(child)
    pid = int(program.wait_for_line(""))
    program.wait()
    program.close()
    wait_until(lambda: not is_running(pid), what="the child to end")


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("config", "ls"), ("variable", "get", "no"), ("nonsense",)],
    ids=str,
)
def test_a_forked_command_does_what_one_from_nothing_does(arguments, tmp_path):
    """It says the same, to the same streams, and ends with the same code."""
    env = {**os.environ, "PENINSULA_PROJECT": "lake"}
    forked = nursery.run(arguments, stdin="", env=env, cwd=tmp_path, timeout=60)
    command = [sys.executable, "-m", "peninsula", *arguments]
    done = subprocess.run(
        command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert forked.stdout == done.stdout
    assert forked.stderr == done.stderr
    assert forked.returncode == done.returncode


def test_a_forked_program_is_a_process_of_its_own(home):
    """It is awaited by its lines, leads its group, and is killed alone."""
    with peninsula("server", "start", "--port", "0") as server:
        server.wait_for_line("serves")
        assert os.getpgid(server.pid) == server.pid
        assert server.kill() == -signal.SIGKILL
    assert not is_running(server.pid)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


CLUSTER = """#!/bin/sh
echo "$1" >> "$0.said"
case $1 in
status) echo "apiserver down" ;;
up) {up} ;;
esac
"""


@pytest.fixture
def cluster_program(tmp_path, monkeypatch):
    """Make a program that starts clusters, whose `up` is given; what it was told is in `.said`."""
    program = tmp_path / "cluster"

    def make(up: str):
        program.write_text(CLUSTER.format(up=up))
        program.chmod(0o755)
        return program.with_suffix(".said")

    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_TEST_CLUSTER", str(program))
    return make


def test_a_cluster_is_started_and_ended(cluster_program):
    """By the program that is named."""
    said = cluster_program("echo export KUBECONFIG=/some/file")
    with kube_cluster.cluster() as found:
        assert found.kubeconfig == "/some/file"
    assert said.read_text().split() == ["status", "up", "down"]


def test_a_cluster_that_does_not_come_up_says_why(cluster_program):
    """And is ended, as far as it came."""
    said = cluster_program("echo no etcd here >&2; exit 1")
    with (
        pytest.raises(kube_cluster.MissingClusterError, match="no etcd here"),
        kube_cluster.cluster(),
    ):
        pass
    assert said.read_text().split() == ["status", "up", "down"]


def test_a_cluster_ends_with_tests_that_are_killed(cluster_program, run_script):
    """There is nobody then to end it."""
    said = cluster_program("echo export KUBECONFIG=/some/file")
    tests = run_script(
        "import os, signal\n"
        "from tests.support import kube_cluster\n"
        "with kube_cluster.cluster():\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    tests.wait()
    wait_until(lambda: "down" in said.read_text(), what="the cluster's end")
