"""`peninsula block` over the database of a home."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli

BLOCKS = '''
"""Blocks of a user."""
from pydantic import Field, SecretStr
from peninsula.blocks import Block

class Login(Block):
    """A way in."""
    _block_schema_capabilities = ["login"]
    user: str = Field(description="Who.")
    password: SecretStr
    port: int = 5432

class Warehouse(Block):
    host: str
    login: Login
'''

LOGIN = {"user": "etl", "password": "canary-cli", "port": 1}


@pytest.fixture
def registered(cli: Cli, tmp_path: Path) -> Path:
    """A folder with a file whose blocks are registered."""
    (tmp_path / "mine.py").write_text(BLOCKS)
    done = cli("block", "register", "-f", tmp_path / "mine.py")
    assert (done.out, done.err) == ("Registered login, warehouse\n", "")
    return tmp_path


def test_types_are_listed_and_shown_with_their_fields(cli: Cli, registered):
    """What each takes, what is secret; the JSON has the schema of a form."""
    lines = cli("block", "type", "ls").out.splitlines()
    assert [line.split()[0] for line in lines] == ["TYPE", "login", "warehouse"]
    shown = cli("block", "type", "inspect", "login").out
    assert "A way in." in shown
    assert [line.split(maxsplit=3) for line in shown.splitlines()[-3:]] == [
        ["user", "a", "text", "required, Who."],
        ["password", "a", "text", "secret, required"],
        ["port", "a", "whole", "number"],
    ]
    told = cli("block", "type", "inspect", "login", "--json").json
    assert told["schema"]["fields"]["secret_fields"] == ["password"]
    done = cli("block", "type", "inspect", "logn")
    assert (done.code, "block type ls" in done.err) == (1, True)


def test_a_block_is_made_listed_shown_and_deleted(cli: Cli, registered):
    """No output has its secret; a nested block is named, and shown by its name."""
    made = cli("block", "create", "login", "--name", "etl", "--data", "-", stdin=json.dumps(LOGIN))
    assert (made.code, made.out) == (0, "Saved login/etl\n")
    file = registered / "warehouse.json"
    file.write_text('{"host": "db", "login": "login/etl"}')
    cli("block", "create", "warehouse", "--name", "main", "--data", file)
    listed = cli("block", "ls").out.splitlines()
    assert [line.split()[:2] for line in listed[1:]] == [
        ["login/etl", "password"],
        ["warehouse/main", "login/etl"],
    ]
    shown = cli("block", "inspect", "login/etl")
    assert "password  ********" in shown.out
    assert "login  login/etl" in cli("block", "inspect", "warehouse/main").out
    told = cli("block", "inspect", "login/etl", "--json").json
    assert told["data"] == LOGIN | {"password": "********"}
    refused = cli("block", "delete", "login/etl")
    assert (refused.code, "nested in warehouse/main" in refused.err) == (1, True)
    assert cli("block", "delete", "warehouse/main").out == "Deleted warehouse/main\n"
    assert cli("block", "delete", "login/etl", "--json").json == {"deleted": "login/etl"}
    assert "canary" not in str(listed) + shown.out + json.dumps(told)


def test_one_that_is_there_is_changed_with_overwrite_only(cli: Cli, registered):
    """A masked secret stays as it is."""
    create = ("block", "create", "login", "--name", "etl", "--data", "-")
    cli(*create, stdin=json.dumps(LOGIN))
    done = cli(*create, stdin=json.dumps(LOGIN))
    assert (done.code, "--overwrite" in done.err) == (1, True)
    before = cli("block", "inspect", "login/etl", "--json").json
    masked = json.dumps(before["data"] | {"user": "other"})
    after = cli(*create, "--overwrite", "--json", stdin=masked).json
    assert after["credential_version"] == before["credential_version"]
    assert after["data"]["user"] == "other"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"user": "etl"}', "needs the field 'password'"),
        ('{"user": "etl", "password": "x", "prt": 1}', "no field 'prt'.\nIts fields"),
        ("[]", "not a JSON object"),
        ("{", "cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused(cli: Cli, registered, data, reason):
    """The error names the field."""
    done = cli("block", "create", "login", "--name", "etl", "--data", "-", stdin=data)
    assert (done.code, done.out) == (1, "")
    assert reason in done.err


def test_fields_are_asked_for_and_a_secret_is_not_shown(cli: Cli, registered):
    """What does not fit is asked again; Enter leaves out what is not required."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "peninsula", "block", "create", "login", "--name", "etl"]
    with subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, start_new_session=True
    ) as asking:
        os.close(child)
        said = b""
        for prompt, answer in (
            (b"user (a text): ", b"etl\n"),
            (b"password (a text): ", b"canary-typed\n"),
            (b"Enter leaves it out): ", b"many\n"),
            (b"takes a whole number", b""),
            (b"Enter leaves it out): ", b"\n"),
            (b"Saved login/etl", b""),
        ):
            while prompt not in said:
                said += os.read(parent, 1024)
            seen, _, said = said.partition(prompt)
            assert b"canary" not in seen
            os.write(parent, answer)
        os.close(parent)
        assert asking.wait(30) == 0
    data = cli("block", "inspect", "login/etl", "--json").json["data"]
    assert data == {"user": "etl", "password": "********"}


def test_without_a_terminal_nothing_is_asked(cli: Cli, registered):
    """The error says how to give the fields."""
    done = cli("block", "create", "login", "--name", "etl")
    assert (done.code, "--data FILE" in done.err) == (1, True)


def test_the_key_is_rotated(cli: Cli, registered):
    """It says how many, and by which key; a backup says that it has none."""
    cli("block", "create", "login", "--name", "etl", "--data", "-", stdin=json.dumps(LOGIN))
    first = cli("block", "rotate-key", "--json").json
    second = cli("block", "rotate-key")
    assert first["blocks"] == 1
    assert "1 blocks are encrypted anew, by key" in second.out
    assert first["key"] not in second.out
    done = cli("server", "backup", registered / "copy.db")
    assert "Keys that encrypt secrets of blocks are not in it" in done.err


@pytest.mark.parametrize("data", ['{"user": "canary"', json.dumps(LOGIN) * 200])
def test_json_where_a_file_belongs_is_said_and_not_repeated(cli: Cli, registered, data):
    """However long it is."""
    done = cli("block", "create", "login", "--name", "etl", "--data", data)
    assert (done.code, "takes a file" in done.err, "canary" in done.err) == (1, True, False)


def test_a_file_of_blocks_that_is_not_there_is_asked_for_without_a_flow(cli: Cli):
    """The error is for whatever a file is to have."""
    done = cli("block", "register", "-f", "none.py")
    assert "There is no file" in done.err
    assert "FLOW" not in done.err


@pytest.mark.parametrize("asked", [["register"], ["register", "-f", "none.py"], ["inspect", "x"]])
def test_what_cannot_be_found_is_an_error_with_the_fix(cli: Cli, asked):
    """It says how it is named."""
    done = cli("block", *asked)
    assert done.code == 1
    assert done.err.startswith("Error: ")


def test_a_block_is_named_by_type_and_name_where_a_resource_is_asked_for(cli: Cli, registered):
    """As `peninsula why` names it."""
    cli("block", "create", "login", "--name", "etl", "--data", "-", stdin=json.dumps(LOGIN))
    shown = cli("impact", "login/etl", "--json").json
    assert shown["resource"].startswith("peninsula.block-document.")
    assert cli("impact", "login/etl").out.startswith("login/etl, ")
    done = cli("impact", "etl")
    assert done.code == 1
    assert "a block is named by its type, too" in done.err


def test_a_block_that_does_not_fit_its_schema_is_refused_with_each_field(cli: Cli, registered):
    """Types and references; of what only the class checks it is said that it will."""
    create = ("block", "create", "login", "--name", "etl", "--data", "-")
    done = cli(*create, stdin=json.dumps({"user": 1, "password": "canary-cli", "port": "x"}))
    assert (done.code, "canary" in done.err) == (1, False)
    assert "'user' takes a text; 'port' takes a whole number" in done.err
    cli(*create, stdin=json.dumps(LOGIN))
    main = {"host": "db", "login": "login/etl"}
    made = ("block", "create", "warehouse", "--data", "-", "--name")
    assert cli(*made, "main", stdin=json.dumps(main)).code == 0
    done = cli(*made, "other", stdin=json.dumps(main | {"login": "warehouse/main"}))
    assert "'login' takes a block of type login, and refers to one of type ware" in done.err
    (registered / "strict.py").write_text(
        "from pydantic import field_validator\n"
        "from peninsula.blocks import Block\n"
        "class Strict(Block):\n"
        "    host: str\n"
        "    @field_validator('host')\n"
        "    @classmethod\n"
        "    def _is_known(cls, host):\n"
        "        if host != 'db': raise ValueError('is no host of ours')\n"
        "        return host\n"
    )
    cli("block", "register", "-f", registered / "strict.py")
    strict = ("block", "create", "strict", "--name", "main", "--data", "-")
    done = cli(*strict, stdin='{"host": "elsewhere"}')
    assert (done.code, "host is checked further by its class" in done.err) == (0, True)
    assert "host" in cli("block", "type", "inspect", "strict").out.partition("by class")[2]
    load = "import strict; strict.Strict.load('main')"
    env = os.environ | {"PYTHONPATH": str(registered)}
    command = [sys.executable, "-c", load]
    loaded = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert "strict/main does not fit the class Strict: host: Value error, is no" in loaded.stderr
