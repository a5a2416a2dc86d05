"""The type of workers in the how-to is a package with an entry point, and is started by name."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.lake import Lake
from tests.support.processes import python, wait_until

PAGE = Path(__file__).parents[2] / "docs/how-to/workers.md"

FLOWS = """
    import time
    from pathlib import Path
    from peninsula import flow

    @flow
    def mark(folder: str):
        Path(folder, "marked").touch()

    @flow
    def waits(folder: str):
        Path(folder, "begun").touch()
        while True:
            time.sleep(0.02)
"""

SSH = """\
#!/bin/sh
# What ssh does with its arguments, but for the way to the host: a shell there reads them.
[ "$1" = -tt ] && [ "$2" = etl@warehouse ] || exit 255
shift 2
exec sh -c "exec $*"
"""


@pytest.fixture
def lake(start_server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server with a worker of the page's type, by a program that stands for `ssh`."""
    install(tmp_path / "packages", tmp_path / "bin")
    own = Path(sys.executable).parent
    monkeypatch.setenv(
        "PATH", f"{tmp_path / 'bin'}{os.pathsep}{own}{os.pathsep}{os.environ['PATH']}"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "marks.py").write_text(dedent(FLOWS))
    server = start_server()
    monkeypatch.setenv("PENINSULA_API_URL", server.url)
    monkeypatch.setenv("PENINSULA_API_KEY", (server.home / "token").read_text().strip())
    found = Lake(server, folder)
    with found.stack:
        # A process of its own: one that is forked does not look for packages again.
        command = ("-m", "peninsula", "worker", "start", "--pool", "warehouse", "--type", "ssh")
        worker = found.stack.enter_context(python(*command, cwd=folder))
        worker.wait_for_line("serves the work pool")
        for flow in ("mark", "waits"):
            found.deploy(flow, "warehouse", job_variables={"host": "etl@warehouse"})
        yield found


def install(packages: Path, programs: Path) -> None:
    """Put the page's class into a package, as an installer does, and the program beside it."""
    example = re.compile(r"```py\n(import asyncio.*?class SshWorker.*?)```", re.DOTALL)
    (text,) = example.findall(PAGE.read_text())
    (packages / "warehouse").mkdir(parents=True)
    (packages / "warehouse" / "workers.py").write_text(text)
    about = packages / "warehouse-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: warehouse\nVersion: 1\n")
    points = "[peninsula.workers]\nssh = warehouse.workers:SshWorker\n"
    (about / "entry_points.txt").write_text(points)
    programs.mkdir()
    (programs / "ssh").write_text(SSH)
    (programs / "ssh").chmod(0o755)


def test_a_worker_of_the_type_on_the_page_runs_flows(lake):
    """Its pool has its template, and the run's log says where it was started."""
    run = lake.submit("mark")
    found = lake.until(run, "Completed", "Failed", "Crashed")
    assert found["state"]["name"] == "Completed", found["state"]
    assert (lake.marks / "marked").exists()
    lines = lake.http.get(f"{lake.server.url}/api/flow-runs/{run}/logs").json()["items"]
    assert "Starting it on etl@warehouse." in [line["message"] for line in lines]


def test_a_run_of_a_type_on_the_page_is_cancelled(lake):
    """By its process, which is told as any other."""
    run = lake.submit("waits")
    wait_until((lake.marks / "begun").exists, what="it to begin")
    lake.post(f"flow-runs/{run}/cancel")
    lake.until(run, "Cancelled", "Crashed")
    assert lake.run(run)["state"]["name"] == "Cancelled"
