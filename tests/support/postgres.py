"""A PostgreSQL cluster of the tests' own, with a fresh database in milliseconds."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from signal import SIGINT

import psycopg
from psycopg import sql

from tests.support.processes import Program

__all__ = ["MISSING", "Cluster", "find_server", "start_cluster"]

MISSING = "PostgreSQL's server is not installed; on Debian: apt install postgresql-15"

MEMORY_NEEDED = 2 * 1024**3
"""Bytes that must be free in memory for clusters to live there."""

# The data is thrown away, so nothing waits for the disk.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Cluster:
    """A running cluster; databases come and go in it."""

    def __init__(self, port: int, password: str) -> None:
        self._address = f"postgres:{password}@127.0.0.1:{port}"
        self._numbers = count(1)
        self._templates: set[str] = set()
        self._admin = psycopg.connect(f"postgresql://{self._address}/postgres", autocommit=True)

    @contextmanager
    def fresh_database(self, template: str = "template1") -> Iterator[str]:
        """Yield the URL of a new database, a copy of the template; it is dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self.url(name)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            self._admin.execute(drop.format(sql.Identifier(name)))

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """Return the template of this name, made once by `prepare(url)`, which must disconnect."""
        if name not in self._templates:
            self._create(name, "template1")
            prepare(self.url(name))
            self._templates.add(name)
        return name

    def url(self, database: str) -> str:
        """Return the address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://{self._address}/{database}"

    def close(self) -> None:
        """End the cluster's own connection."""
        self._admin.close()

    def _create(self, name: str, template: str) -> None:
        # Copying files beats logging pages where a checkpoint costs nothing.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))


def find_server() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs; Debian keeps them off PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def start_cluster(programs: Path, *, durable: bool = False) -> Iterator[Cluster]:
    """Make a cluster, run it, and remove it afterwards.

    `durable` is for measurements: on disk, and each commit waits for it, as PostgreSQL does by
    default.
    """
    password = secrets.token_hex(16)
    place = "/var/tmp" if durable else _place()
    folder = Path(tempfile.mkdtemp(prefix="peninsula-postgres-", dir=place))
    try:
        _make(programs, folder, password)
        port = _free_port()
        with _run(programs, folder, port, {} if durable else FAST) as server:
            server.wait_for_line("ready to accept connections")
            cluster = Cluster(port, password)
            yield cluster
            cluster.close()
            server.signal(SIGINT)  # PostgreSQL's fast shutdown
            server.wait()
    finally:
        shutil.rmtree(folder)


def _place() -> str:
    """Return a folder any user can reach: memory, where a database is made in a tenth of the time.

    pytest's own folder can be entered by its user only, and root's cluster runs as another.
    """
    memory = "/dev/shm"
    roomy = Path(memory).is_dir() and shutil.disk_usage(memory).free > MEMORY_NEEDED
    return memory if roomy else "/tmp"


def _make(programs: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user := _unprivileged():
        os.chown(folder, user.pw_uid, user.pw_gid)
        os.chown(secret, user.pw_uid, user.pw_gid)
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [
            *_as_user(),
            programs / "initdb",
            *options,
            "--username=postgres",
            f"--pwfile={secret}",
            folder / "data",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )


def _run(programs: Path, folder: Path, port: int, settings: dict[str, str]) -> Program:
    settings = {
        **settings,
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "lc_messages": "C",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = [*_as_user(), programs / "postgres", "-D", folder / "data", *options]
    return Program(command, cwd=folder)


def _as_user() -> list[str]:
    """Return the prefix that ends a command with us, and runs it unprivileged: root is refused."""
    user = _unprivileged()
    identity = (
        [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []
    )
    return ["setpriv", *identity, "--pdeathsig=QUIT"]


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
