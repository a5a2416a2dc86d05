"""The world of every test: a home of its own, and fixtures for real databases and processes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom

import pytest
from xdist.remote import Producer

from peninsula.journal import masking
from tests.support import kube_cluster, prepared, soak
from tests.support import postgres as postgresql
from tests.support.processes import Program, python
from tests.support.server import Server
from tests.support.sharing import Sharing

soak.load_profile()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PENINSULA_HOME, not made yet; neither the user's home nor their settings reach a test."""
    for name in [name for name in os.environ if name.startswith("PENINSULA_")]:
        monkeypatch.delenv(name)
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("PENINSULA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test makes known as a secret is masked in no other test's texts."""
    monkeypatch.setattr(masking, "_known", dict(masking._known))
    monkeypatch.setattr(masking, "_search", masking._search)
    monkeypatch.setattr(masking, "_passing", deque(masking._passing))


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """A source of chance whose seed is reported with the test, if it fails or soaks."""
    seed = int(soak.SEED or SystemRandom().getrandbits(32))
    request.node.user_properties.append(("seed", seed))
    return Random(seed)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Cluster]:
    """A PostgreSQL cluster, one for each test process that asks for it."""
    programs = postgresql.find_server()
    if programs is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.start_cluster(programs) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: postgresql.Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a table, once of each engine: the suite runs on both."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'peninsula.db'}"


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to be copied."""
    file = tmp_path_factory.mktemp("prepared") / "peninsula.db"
    prepared.prepare(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(prepared_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database with its tables and nothing in them."""
    return prepared.copy_of_sqlite(prepared_sqlite, tmp_path / "peninsula.db")


@pytest.fixture
def prepared_postgres_url(postgres: postgresql.Cluster) -> Iterator[str]:
    """The URL of a PostgreSQL database with its tables and nothing in them."""
    with prepared.postgres_copy(postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with its tables and nothing in them, once of each engine."""
    return request.getfixturevalue(
        {"sqlite": "sqlite_url", "postgresql": "prepared_postgres_url"}[request.param]
    )


@pytest.fixture(scope="session")
def kubernetes_cluster() -> Iterator[kube_cluster.KubeCluster]:
    """The cluster of Kubernetes, started for this test process where none is there."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(kube_cluster.cluster())
        except kube_cluster.MissingClusterError as problem:
            pytest.skip(f"Kubernetes: {problem}")
        yield found


@pytest.fixture
def kubeconfig(
    kubernetes_cluster: kube_cluster.KubeCluster, monkeypatch: pytest.MonkeyPatch
) -> kube_cluster.KubeCluster:
    """The same, which KUBECONFIG names for the test and what it starts."""
    monkeypatch.setenv("KUBECONFIG", kubernetes_cluster.kubeconfig)
    return kubernetes_cluster


@pytest.fixture
def start_server(home: Path):
    """Start servers: `start_server(database_url=…, env=…)`; all of them end with the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            Server(options.pop("home", home), **options).start()
        )


@pytest.fixture
def server(start_server) -> Server:
    """A server on SQLite in the test's home."""
    return start_server()


@pytest.fixture
def run_script(tmp_path: Path):
    """Start Python scripts from their text: `run_script(code, *args, env=…)`."""
    with ExitStack() as stack:

        def start(code: str, *arguments: str, **options) -> Program:
            script = tmp_path / f"script_{len(list(tmp_path.glob('script_*')))}.py"
            script.write_text(code)
            return stack.enter_context(python(script, *arguments, **options))

        yield start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """On CI, where all that tests need can be installed, a skip is a failure."""
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a module that skips itself."""
    return _refuse_skip((yield))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Have processes share the tests by modules, whatever --dist says."""
    return Sharing(config, log)


def _refuse_skip(report):
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2].removeprefix("Skipped: ")
    if not reason.startswith(("Kubernetes", "Kernel")):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI does not allow: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say the seeds of failed tests, and under soak of all."""
    outcomes = ["failed", "error"] + (["passed"] if soak.SOAK else [])
    reports = [report for outcome in outcomes for report in terminalreporter.getreports(outcome)]
    seeds = {
        report.nodeid: value
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "seed"
    }
    if seeds:
        terminalreporter.section("seeds; repeat one test with PENINSULA_SEED")
        for test, seed in sorted(seeds.items()):
            terminalreporter.write_line(f"PENINSULA_SEED={seed} {test}")
