"""The cluster of Kubernetes that tests run on: the one KUBECONFIG names, else one of their own.

KUBERNETES_TEST_CLUSTER is a program whose `up` starts one and prints `export KUBECONFIG=…`, whose
`down` ends it, and whose `status` has lines that end in `up` while it runs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

__all__ = ["KubeCluster", "MissingClusterError", "cluster"]

BESIDE = Path(__file__).parents[3] / "shared/kubernetes/cluster"
"""Where the program is looked for, if nothing names one: beside the checkout."""

PATIENCE = 240.0
"""Seconds until a cluster that does not come up is given up; it may install what it lacks."""


class KubeCluster(Struct, frozen=True, kw_only=True):
    """How it is reached, and what of it may be touched."""

    kubeconfig: str
    program: Path | None = None
    """By which it was started, for these tests alone; its folder has `apiserver.pid` and so on."""


class MissingClusterError(Exception):
    """No cluster is there, and none can be started."""


@contextmanager
def cluster() -> Iterator[KubeCluster]:
    """Give the cluster; one that is started here ends with this process, however that ends."""
    if named := os.environ.get("KUBECONFIG"):
        yield KubeCluster(kubeconfig=named)
        return
    program = Path(os.environ.get("KUBERNETES_TEST_CLUSTER") or BESIDE)
    if not os.access(program, os.X_OK):
        msg = "KUBECONFIG names no cluster, and KUBERNETES_TEST_CLUSTER no program that starts one"
        raise MissingClusterError(msg)
    if " up\n" in _said(program, "status"):
        yield KubeCluster(kubeconfig=_exported(_said(program, "up")))
        return
    with _ended(program):
        yield KubeCluster(kubeconfig=_exported(_said(program, "up")), program=program)


def _exported(said: str) -> str:
    found = [line for line in said.splitlines() if line.startswith("export KUBECONFIG=")]
    if not found:
        msg = f"the program that starts a cluster named none: {said.strip()!r}"
        raise MissingClusterError(msg)
    return found[-1].partition("=")[2].strip("\"'")


def _said(program: Path, command: str) -> str:
    try:
        done = subprocess.run(
            [program, command], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        msg = f"the cluster does not come up: {problem}"
        raise MissingClusterError(msg) from problem
    if done.returncode:
        msg = f"the cluster does not come up: {done.stderr.strip() or done.returncode}"
        raise MissingClusterError(msg)
    return done.stdout


@contextmanager
def _ended(program: Path) -> Iterator[None]:
    """Have a cluster end when this is left, also where this process is killed in it."""
    guard = subprocess.Popen(
        ["/bin/sh", "-c", 'cat; exec "$0" down', program],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()
