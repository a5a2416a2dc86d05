"""A secret never leaves: canaries in every field and error path, and a search of all bytes."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from urllib.parse import quote

import httpx
import pytest

from tests.support.processes import peninsula, python
from tests.support.server import Server

CANARIES = {
    "plain": "canary-plain-7f3a",
    "signs": "canary s!gns/€:@\"x\\'<z>",
    "listed": "canary-listed-51",
    "nested": "canary-nested-0b",
    "bytes": "canary-bytes-e2",
    "dict": "canary-dict-88",
    "named": "canary-named-4d",
    "inline": "canary-inline-c9",
    "changed": "canary-changed-36",
    "parameter": "canary-parameter-a0",
    "argument": "canary-argument-5e",
    "headed": "canary-headed-b7",
    "pem": "-----BEGIN KEY-----\nCANARYPEMLINEONE0123\nCANARYPEMLINETWO4567\n-----END KEY-----\n",
}

BLOCKS = """
    import logging
    from typing import Any
    from pydantic import Secret, SecretBytes, SecretStr
    from peninsula.blocks import Block

    class Login(Block):
        password: SecretStr
        pem: SecretStr = SecretStr("")

    class Warehouse(Block):
        host: str = "db"
        login: Login
        second: Login
        signs: SecretStr
        keys: list[SecretStr]
        raw: SecretBytes
        headers: Secret[dict[str, Any]]
        api_token: str

        def _system(self):
            return f"postgresql://etl:{self.signs.get_secret_value()}@{self.host}/orders?key=1"

        def query(self, sql, password=None):
            raise ConnectionError(f"{sql}: {self.login!r} cannot log in with {password}")

        def ask(self, path, headers=None):
            logging.getLogger("driver").info("asks %s", path)
            raise ConnectionError(f"{path}: no answer to {headers}")

        def fetch(self):
            yield 1
            raise OSError(*[key.get_secret_value() for key in self.keys])
"""

SAVE = """
    import json, os
    from blocks import Login, Warehouse
    told = json.loads(os.environ["TOLD"])
    Login(password=told["nested"], pem=told["pem"]).save("reader")
    Warehouse(
        login=Login.load("reader"),
        second=Login(password=told["inline"]),
        signs=told["signs"],
        keys=[told["plain"], told["listed"]],
        raw=told["bytes"].encode(),
        headers={"Authorization": {"deep": [told["dict"]]}},
        api_token=told["named"],
    ).save("main")
    Login(password=told["changed"], pem=told["pem"]).save("reader", overwrite=True)
"""

FLOW = """
    import base64, json, logging, os, sys, traceback
    from urllib.parse import quote
    from pydantic import SecretStr
    from peninsula import allow_failure, emit_event, flow, get_run_logger, task
    from peninsula.artifacts import create_markdown_artifact, create_table_artifact
    from peninsula.blocks import Block
    from peninsula.states import Failed
    from peninsula.task_runners import ProcessPoolTaskRunner
    from blocks import Warehouse

    def all_of(warehouse, parameter):
        return [
            warehouse.login.password.get_secret_value(),
            warehouse.login.pem.get_secret_value(),
            warehouse.second.password.get_secret_value(),
            warehouse.signs.get_secret_value(),
            *(key.get_secret_value() for key in warehouse.keys),
            warehouse.raw.get_secret_value().decode(),
            json.dumps(warehouse.headers.get_secret_value()),
            warehouse.api_token,
            parameter.get_secret_value(),
        ]

    def ways(secret):
        yield secret
        yield repr(secret)
        yield quote(secret)
        yield f"postgresql://etl:{quote(secret, safe='')}@db/orders"
        yield json.dumps({"x": secret})
        yield base64.b64encode(f"user:{secret}".encode()).decode()
        yield base64.urlsafe_b64encode(f"u:{secret}:x".encode()).decode()

    @task
    def use(secret, warehouse):
        local = secret
        for way in ways(secret):
            print("prints", way)
            logging.getLogger("driver").warning("connects with %s, %r", way, [way])
            print(way, file=sys.stdout)
        try:
            raise ValueError(f"wrong password {secret}")
        except ValueError:
            get_run_logger().exception("caught with %s", secret)
        raise RuntimeError(f"nobody takes {secret}") from KeyError(secret)

    @task
    def long(secret):
        raise RuntimeError("x" * 4085 + secret)

    @task(task_run_name="as-{secret}")
    def named(secret):
        return Failed(message=f"no {secret}")

    @flow(log_prints=True, description="uses secrets")
    def etl(parameter: SecretStr, block: str = "main"):
        warehouse = Block.load("warehouse/main")
        print(warehouse, repr(warehouse), warehouse.model_dump_json())
        for number, secret in enumerate(all_of(warehouse, parameter)):
            use.submit(secret, warehouse).wait()
            long(secret, return_state=True)
            named(secret, return_state=True)
            create_markdown_artifact(secret, key=f"report-{number}", description=secret)
            create_table_artifact([{secret: secret}] * 3000, key=f"table-{number}")
            emit_event(
                "orders.read",
                {"peninsula.resource.id": "s3://lake", "label": secret},
                payload={"ways": list(ways(secret)), "deep": [{"x": secret}]},
            )
            for call in (
                lambda: warehouse.query(f"select '{secret}'", password=secret),
                lambda: list(warehouse.fetch()),
            ):
                try:
                    call()
                except OSError:
                    traceback.print_exc(file=open(os.devnull, "w"))
        given = json.loads(os.environ["TOLD"])  # which nothing says is secret
        for call in (
            lambda: warehouse.query("select 1", given["argument"]),
            lambda: warehouse.query("select 2", password=given["argument"]),
            lambda: warehouse.ask("/orders", headers={"X-Api-Key": given["headed"]}),
        ):
            try:
                call()
            except OSError as problem:
                get_run_logger().exception("caught %s", problem)
        warehouse.query("\\n".join(all_of(warehouse, parameter)))

    if __name__ == "__main__":
        if sys.argv[1] == "processes":
            etl = etl.with_options(task_runner=ProcessPoolTaskRunner(max_workers=1))
        etl(json.loads(os.environ["TOLD"])["parameter"])
"""


def traces() -> Iterator[tuple[str, bytes]]:
    """What no byte may be like: each canary as it is, in addresses, in JSON, in base64."""
    for name, secret in CANARIES.items():
        for text in [line for line in secret.splitlines() if not line.startswith("-----")]:
            yield name, text.encode()
            yield f"{name} quoted", quote(text, safe="").encode()
            yield f"{name} in JSON", json.dumps(text)[1:-1].encode()
        for before in range(3):
            # The characters at the ends depend on what is beside the secret.
            body = base64.b64encode(bytes(before) + secret.encode())[4:-4]
            yield f"{name} in base64", body[:24]
            yield (
                f"{name} in base64 for addresses",
                body[:24].translate(bytes.maketrans(b"+/", b"-_")),
            )


def search(found: dict[str, bytes]) -> None:
    """Look for every trace in all that was found."""
    for name, trace in traces():
        for place, body in found.items():
            at = body.find(trace)
            assert at < 0, (name, place, body[max(0, at - 200) : at + 60])


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, the database's log of writes among them."""
    # What tasks returned and were sent is the user's own, in pickles.
    own = {"results", "locks"}
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not own & set(file.parts)
    }


def answers(server: Server) -> dict[str, bytes]:
    """What the API says of all there is."""
    key = (server.home / "token").read_text().strip()
    found = {}
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as http:

        def get(path: str) -> object:
            answer = http.get(f"/api/{path}")
            assert answer.status_code == 200, answer.text
            found[path] = answer.content
            return answer.json()

        for path in ("blocks", "block-types", "events?limit=200", "artifacts", "overview", "map"):
            page = get(path)
            while isinstance(page, dict) and page.get("next"):
                page = get(f"{path.partition('?')[0]}?limit=200&cursor={quote(page['next'])}")
        for run in get("flow-runs?limit=200")["items"]:  # type: ignore[index]
            for part in ("", "/logs", "/why", "/summary", "/events"):
                get(f"flow-runs/{run['id']}{part}")
        for run in get("task-runs?limit=200")["items"]:  # type: ignore[index]
            get(f"task-runs/{run['id']}")
        for artifact in get("artifacts?limit=200")["items"]:  # type: ignore[index]
            get(f"artifacts/{artifact['id']}/body")
    return found


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The folder of the flow and its blocks."""
    for name, text in (("blocks", BLOCKS), ("save", SAVE), ("etl", FLOW)):
        (tmp_path / f"{name}.py").write_text(dedent(text))
    return tmp_path


@pytest.mark.parametrize("way", ["threads", "processes"])
def test_no_byte_that_is_kept_or_told_has_a_secret(programs: Path, home: Path, way: str):
    """Files, database, answers of the API, what programs and commands print."""
    told = {"TOLD": json.dumps(CANARIES)}
    with Server(home).start() as server:
        with python(programs / "save.py", env=told) as saving:
            saving.succeed()
        with python(programs / "etl.py", way, env=told) as flow:
            assert flow.wait() == 1, flow.describe()
        search({"the flow": flow.output.encode()})
        search(files(home))
        found = answers(server)
        assert b"********" in found["blocks"]
        search(found)
        for command in (
            ["block", "ls"],
            ["block", "inspect", "warehouse/main"],
            ["flow-run", "ls", "--json"],
            ["event", "ls", "--json", "--limit", "500"],
            ["doctor"],
            ["config", "ls"],
        ):
            with peninsula(*command) as asked:
                asked.wait()
            search({" ".join(command): asked.output.encode()})
        output = server.program.output
        server.kill()
    search({"the server": output.encode(), **files(home)})
    _check_that_it_would_have_been_found(home)


LIBRARY = (
    *("aws", "azure", "basic", "connect", "database", "gcp", "git", "header", "hooked"),
    *("kubernetes", "never told", "noted", "notification", "query", "redis", "registry"),
    *("remote", "secret", "session", "shell", "token", "webhook"),
)
"""Secrets of blocks of the library. Of one no process is told that it is a secret."""


def test_no_method_of_any_block_of_the_library_tells_a_secret(tmp_path: Path, home: Path):
    """All of them fail, are logged with their tracebacks, and get a secret as argument."""
    canaries = {name: f"canary-{name.replace(' ', '')}-7f3a{at}" for at, name in enumerate(LIBRARY)}
    env = {"TOLD": json.dumps(canaries), "AWS_MAX_ATTEMPTS": "1"}
    program = Path(__file__).with_name("secrets_of_library.py")
    with Server(home).start() as server:
        with python(program, env=env, cwd=tmp_path) as uses:
            assert "All blocks were used." in uses.succeed(timeout=200)
        found = {**files(home), **answers(server)}
        said = uses.output
    for name, secret in canaries.items():
        for place, body in found.items():
            at = body.find(secret.encode())
            assert at < 0, (name, place, body[max(0, at - 200) : at + 60])
        # The terminal shows logs of the user's as they are, but for what is known as a secret.
        assert name == "never told" or secret not in said, name
    assert b"connects to postgresql://********@db/orders" in b"".join(found.values())


def _check_that_it_would_have_been_found(home: Path) -> None:
    """Look for what is no secret: the search sees what the flow told, and where masks stand."""
    bodies = files(home)
    assert any(b"wrong password ****" in body for body in bodies.values())
    assert any(name.startswith(("journal", "kept")) for name in bodies)
    with closing(sqlite3.connect(home / "peninsula.db")) as database:
        (opened,) = database.execute(
            "SELECT count(*) FROM events e JOIN names n ON n.id = e.name"
            " WHERE n.text = 'peninsula.block-document.opened'"
        ).fetchone()
    assert opened >= 2
    assert not any(
        (home.with_name(f"{home.name}.key")).read_bytes() in body for body in bodies.values()
    )
