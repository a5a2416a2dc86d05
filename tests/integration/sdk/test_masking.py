"""A secret that a run was given is in nothing that it tells: every byte of the home is searched."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Field, Secret, SecretStr

from peninsula import flow, get_run_logger
from peninsula.blocks import Block
from peninsula.journal import masking
from peninsula.sdk.masks import texts_of
from tests.support.calls import seen

SECRET = "Kolibri/7+canary"


class Login(BaseModel):
    """What is secret as a whole."""

    pin: int


PROGRAM = """
import base64, json, logging, sys
from pydantic import SecretStr
from peninsula import flow, task, get_run_logger, emit_event
from peninsula.artifacts import create_markdown_artifact, create_table_artifact
from peninsula.task_runners import ProcessPoolTaskRunner

class Login:
    def __init__(self, password): self.password = password
    def __repr__(self): return f"Login({self.password})"

@task
def fail(url, login):
    logging.getLogger("driver").warning("connecting to %s as %r", url, login)
    raise ConnectionError(f"cannot reach {url}: {login!r}")

@task
def plain(text):
    print("in a task:", text)
    return text

@flow(log_prints=True, flow_run_name="as-{text}")
def etl(password: SecretStr, text="x"):
    secret = password.get_secret_value()
    print("the password is", secret, {"password": secret}, json.dumps([secret]))
    get_run_logger().info("basic %s", base64.b64encode(f"etl:{secret}".encode()).decode())
    emit_event(f"orders.{secret}", {"peninsula.resource.id": f"s3://lake/{secret}"},
               payload={"said": secret, secret: 1})
    create_markdown_artifact(f"# {secret}", key="report")
    create_table_artifact([{"a": secret}] * 5000, key="table", description=secret)
    plain(secret)
    plain.submit("y" * 190 + secret).result()
    plain.with_options(task_run_name="run-{text}")(secret)
    fail.submit(f"postgresql://etl:{secret}@db/orders", Login(secret)).wait()
    fail("https://api/?token=" + secret, Login(secret))

RUNNER

if __name__ == "__main__":
    etl(sys.argv[1][::-1])
"""

RUNNERS = {
    "threads": "",
    "processes": "etl = etl.with_options(task_runner=ProcessPoolTaskRunner(max_workers=1))",
}


def forms(secret: str) -> dict[str, bytes]:
    """The secret as it may be written, and what of base64 does not depend on its neighbours."""
    cores = {
        f"base64 at {before}": base64.b64encode(bytes(before) + secret.encode())[4:-4]
        for before in range(3)
    }
    return {"plain": secret.encode(), "quoted": quote(secret, safe="").encode(), **cores}


@pytest.mark.parametrize("runner", sorted(RUNNERS))
def test_a_secret_parameter_is_in_no_byte_that_a_flow_leaves(home: Path, tmp_path: Path, runner):
    """Not in logs, errors, arguments, names, artifacts, events, nor on the terminal."""
    program = tmp_path / "flow.py"
    program.write_text(PROGRAM.replace("RUNNER", RUNNERS[runner]))
    done = subprocess.run(
        [sys.executable, program, SECRET[::-1]],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert b"ConnectionError" in done.stderr
    found = {"stdout": done.stdout, "stderr": done.stderr}
    for file in home.rglob("*"):
        # Results are the user's own, and pickles.
        if file.is_file() and file.name != "header.json" and "results" not in file.parts:
            found[str(file.relative_to(home))] = file.read_bytes()
    assert any(name.endswith(".seg") and b"********" in body for name, body in found.items())
    for name, body in found.items():
        for how, form in forms(SECRET).items():
            assert form not in body, (name, how, body[max(0, body.index(form) - 200) :][:400])


def test_a_log_has_no_secret_of_an_address(told):
    """Nor those of lines that servers write of requests; nobody told this process of them."""

    @flow
    def nightly():
        log = get_run_logger()
        log.info('127.0.0.1 "GET /orders?api_key=canary1 HTTP/1.1" 200')
        log.info("asks orders?page=2&X-Api-Key=canary2 again")
        log.info("clones https://canary3@github.com/a/b.git")
        log.info("by postgresql://etl@db/orders")

    nightly()
    assert told.one("nightly").log[1:-1] == [
        '127.0.0.1 "GET /orders?******** HTTP/1.1" 200',
        "asks orders?page=2&X-Api-Key=******** again",
        "clones https://********@github.com/a/b.git",
        "by postgresql://etl@db/orders",
    ]


def test_a_parameter_has_no_secret_of_an_address(told):
    """Drivers take passwords in the query as well; a text, or in a model."""

    @dataclass
    class Source:
        dsn: str

    @flow
    def copies(source, target):
        pass

    dsn = "postgresql://u:canary1@h/db?sslpassword=canary2"
    copies(Source(dsn), [dsn])
    masked = "postgresql://********@h/db?********"
    assert json.loads(bytes(told.one("copies").born.parameters)) == {
        "source": {"dsn": masked},
        "target": [masked],
    }


def test_the_terminal_shows_no_secret_of_an_address(told, capsys):
    """It shows what the log has."""

    @flow
    def copies():
        get_run_logger().info("to postgresql://u:canary1@h/db?sslpassword=canary2")

    copies()
    shown = capsys.readouterr().err
    assert told.one("copies").log[1] == "to postgresql://********@h/db?********"
    assert told.one("copies").log[1] in shown
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("kind", "secret"),
    [(int, 7734991122), (Decimal, Decimal("77349.91122")), (Login, Login(pin=7734991122))],
)
def test_a_secret_that_is_no_text_is_masked_in_texts(told, kind, secret):
    """A number is written in a text as it is."""

    class Vault(Block):
        field: Secret[kind]

    @flow
    def opens():
        get_run_logger().info("opens with %s", vault.field.get_secret_value())

    vault = Vault(field=secret)
    opens()
    assert "91122" not in told.one("opens").log[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "canary-set"),
        ("headers", {"inner": SecretStr("canary-in-dict")}),
        ("headers", {"token": "canary-by-name"}),
        ("keys", [SecretStr("canary-in-list")]),
    ],
)
@pytest.mark.parametrize(
    "way", [setattr, lambda block, *pair: block.model_copy(update=dict([pair]))]
)
def test_a_secret_that_is_set_later_is_masked(field, value, way):
    """By its type or its name, wherever in the field; as if the block was made with it."""

    class Later(Block):
        password: str = ""
        headers: dict[str, Any] = Field(default={})
        keys: list[SecretStr] = Field(default=[])

    way(Later(), field, value)
    (secret,) = texts_of(value)
    assert masking.hide(f"said {secret}") == "said ********"


class Aliased(Block):
    """A field whose alias alone says that it is secret, and data that may change in place."""

    pw: str = Field("", alias="password2")
    given: dict[str, Any] = Field(default={})

    def fails(self, auth=None):
        """Repeat all that is secret."""
        msg = f"no login by {self.pw}, {self.given}, {auth}"
        raise ConnectionError(msg)


class AliasedModel(BaseModel):
    """The same, and no block."""

    pw: str = Field(validation_alias="password2")


def test_a_field_whose_alias_says_that_it_is_secret_is_masked(told):
    """In texts, set later as well, and among parameters, where nobody has told of it before."""

    @flow
    def copies(block, model):
        get_run_logger().info("by %s", block.pw)

    block = Aliased(password2="canary-aliased")
    copies(block, AliasedModel(password2="canary-of-model"))
    assert told.one("copies").log[1] == "by ********"
    parameters = json.loads(bytes(told.one("copies").born.parameters))
    assert parameters["block"] == {"pw (password2)": "********", "given": {}}
    assert parameters["model"] == {"pw (password2)": "********"}
    block.pw = "canary-set-by-name"
    assert masking.hide("canary-set-by-name") == "********"


def test_what_is_secret_in_a_block_when_a_call_of_it_fails_is_masked(told):
    """However it came there, and however deep."""

    @flow
    def fails():
        block = Aliased(given={"token": "canary-first"})
        block.given["token"] = "canary-in-place"
        block.given["more"] = [{"deep": {"deeper": {"token": "canary-deep"}}}]
        block.fails()

    fails(return_state=True)
    run = told.one("fails")
    (call,) = seen(told)
    for text in (run.message, run.log[-1], call.says["error"]):
        assert "no login by" in text
        assert "canary" not in text


def test_a_block_that_is_constructed_without_validation_is_known():
    """As soon as it is there."""
    Aliased.model_construct(given={"token": "canary-constructed"})
    assert masking.hide("canary-constructed") == "********"


@pytest.mark.parametrize(
    "call",
    [
        lambda block, auth: block.fails(auth),
        lambda block, auth: block.fails(auth=list(auth)),
        lambda block, auth: block.fails({"auth": auth}),
    ],
)
def test_the_password_beside_a_user_is_known_in_arguments(call):
    """By the name `auth` alone."""
    with pytest.raises(ConnectionError):
        call(Aliased(), ("etl", "canary-of-pair"))
    assert masking.hide("etl canary-of-pair") == "etl ********"


def test_the_password_beside_a_user_is_masked_among_parameters(told):
    """The user stays."""

    @flow
    def copies(auth, options):
        pass

    copies(("etl", "canary-given"), {"auth": ["ada", "canary-nested"]})
    assert json.loads(bytes(told.one("copies").born.parameters)) == {
        "auth": ["etl", "********"],
        "options": {"auth": ["ada", "********"]},
    }


def test_secrets_of_arguments_are_forgotten_after_many_newer_ones():
    """A new token with each call would else make each record slower than the one before."""
    masking.register(["passing-kept"])
    masking.register_passing(["passing-kept", "passing-first"])
    assert masking.hide("passing-first") == "********"
    masking.register_passing(f"passing-number-{number}" for number in range(masking.PASSING))
    assert masking.hide("passing-first") == "passing-first"
    assert masking.hide("passing-number-7, passing-kept") == "********, ********"
    masking.register(["passing-number-7"])
    masking.register_passing(f"passing-later-{number}" for number in range(masking.PASSING))
    assert masking.hide("passing-number-7") == "********"


def test_headers_that_keep_no_secret_are_not_masked_everywhere():
    """A webhook's headers are secret as a whole: "close" is in many words."""
    headers = SecretStr("x"), {"Connection": "close", "Content-Type": "text/csv", "X-Ours": "hush"}
    assert set(texts_of(headers)) == {"x", "hush"}
