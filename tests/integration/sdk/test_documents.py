"""Blocks as flows save and load them: with a server, and without one."""

# ruff: noqa: RUF012  pydantic copies defaults

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PostgresDsn,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    SerializeAsAny,
    ValidationError,
)

from peninsula import flow, get_run_logger
from peninsula.blocks import Block, SecretDict
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError
from peninsula.journal import masking


class Login(Block):
    """Who may read the warehouse."""

    _block_schema_capabilities = ["login"]
    _expires_field = "until"

    user: str = "etl"
    password: SecretStr
    until: datetime | None = None


class Warehouse(Block):
    """A database."""

    _block_type_name = "Data Warehouse"
    _logo_url = "https://example.com/logo.png"

    host: str
    login: Login
    others: list[Login] = []

    def query(self) -> str:
        """Ask it."""
        return self.login.password.get_secret_value()


class Odd(BaseModel):
    """A model that is no block."""

    key: SecretStr
    more: SecretDict | None = None


class Pin(Secret[int]):
    """A secret of a type of its own."""


class Leaf(Block):
    """Secrets of which pydantic's schema does not tell."""

    d: Secret[dict[str, Any]]
    pin: Pin = Pin(0)
    s: Secret[str] = Field(default=Secret(""), validation_alias="ess")


class Tree(Block):
    """Every place in which an unsaved block may be."""

    leaf: Leaf
    maybe: Leaf | None = None
    more: list[Leaf] = []
    named: dict[str, Leaf] = {}
    either: Odd | Leaf | None = None


class Deep(BaseModel):
    """A model whose fields have several names."""

    word: SecretStr = Field(validation_alias=AliasChoices("passcode", "code"))


class Shapes(Block):
    """Secrets in what is written by its value, under one of several names, or as a model."""

    deep: dict[str, Deep]
    own: SecretStr = Field(validation_alias=AliasChoices("tik", "tak"))
    whole: Secret[Deep]
    many: list[Secret[Odd]] = []
    wider: SerializeAsAny[BaseModel] | None = None


@dataclass
class Plain:
    """A class that pydantic knows by its fields."""

    key: SecretStr


class Loose(Block):
    """Values of which no schema tells."""

    model_config = ConfigDict(extra="allow")

    free: dict[str, Any] = {}
    root: RootModel[list[SecretStr]] = RootModel([])
    plain: Plain | None = None


class Ticket(Login):
    """A login with more to it."""

    keytab: str


class Handle(Block):
    """What takes any block."""

    logins: dict[str, Login] = {}
    any_: Block | None = None
    odd: Odd | None = None


class Odder(Odd):
    """A model with more to it."""

    size: int = 1


class Many(Block):
    """Every way in which a field is secret."""

    a: SecretStr | None = None
    b: SecretBytes = SecretBytes(b"")
    c: dict[str, SecretStr] = {}
    d: list[SecretStr] = []
    e: Secret[dict[str, Any]] | None = None
    f: Odd | None = None
    g: SecretStr = Field(default=SecretStr(""), alias="gee")
    api_token: str = ""
    h: dict[str, Odd] = {}
    i: tuple[Odd, ...] = ()


@pytest.fixture(params=["server", "no server"])
def place(request: pytest.FixtureRequest) -> str:
    """Where blocks are: on the server of the home, or in its database."""
    if request.param == "server":
        request.getfixturevalue("server")
    return request.param


def test_a_flow_saves_loads_and_deletes_blocks(place):
    """By the class, or by type and name; what is nested and saved is referred to."""

    @flow
    def etl():
        login = Login(password="canary-login-1")
        id_ = login.save("reader")
        assert isinstance(id_, UUID)
        with pytest.raises(ConflictError, match="overwrite"):
            login.save("reader")
        Warehouse(host="db", login=login, others=[Login(password="canary-2")]).save("main")
        login.password = SecretStr("canary-login-3")
        assert login.save("reader", overwrite=True) == id_
        found = Block.load("data-warehouse/main")
        assert isinstance(found, Warehouse)
        assert found == Warehouse.load("main")
        assert found.query() == "canary-login-3"
        assert found.others[0].password.get_secret_value() == "canary-2"
        assert Login.load_from_ref(login.ref()) == Login.load("reader") == login
        with pytest.raises(ConflictError, match="nested in data-warehouse/main"):
            Login.delete("reader")
        Warehouse.delete("main")
        Login.delete("reader")
        with pytest.raises(NotFoundError, match="block create login --name reader"):
            Login.load("reader")

    etl()


def test_a_coroutine_uses_them_by_either_way(place):
    """Awaited, or called: then the event loop waits."""

    async def use():
        await Login(password="canary-4").asave("reader")
        assert await Login.aload("reader") == Login.load("reader")
        await Login.adelete("reader")

    asyncio.run(use())


def test_every_secret_is_encrypted_and_comes_back_as_it_was(home):
    """Texts, bytes, in collections and models, by type or by name."""
    many = Many(
        a="canary-a",
        b=b"canary-b",
        c={"x": "canary-c", "y": "canary-c2"},
        d=["canary-d"],
        e={"deep": ["canary-e"]},
        f=Odd(key="canary-f", more={"deep": "canary-m"}),
        gee="canary-g",
        api_token="canary-t",
        h={"k": Odd(key="canary-h")},
        i=(Odd(key="canary-i"),),
    )
    many.save("all")
    assert Many.load("all") == many
    for file in home.rglob("*"):
        assert not file.is_file() or b"canary" not in file.read_bytes(), file
    with sqlite3.connect(home / "peninsula.db") as database:
        ((fields, data),) = database.execute("SELECT secret_fields, data FROM block_documents")
    assert "canary" not in data
    expected = [
        "a",
        "api_token",
        "b",
        "c.x",
        "c.y",
        "d.0",
        "e",
        "f.key",
        "f.more",
        "gee",
        "h.k.key",
    ]
    assert sorted(json.loads(fields)) == [*expected, "i.0.key"]


def test_secrets_of_any_type_are_encrypted_in_what_is_nested_and_not_saved(home):
    """Generic ones, their subclasses, by an alias; the schema tells of them, for forms."""

    def leaf(name: str) -> Leaf:
        return Leaf(d={"k": f"canary-{name}"}, pin=Pin(9_182_736_455), ess=f"canary-s-{name}")

    tree = Tree(leaf=leaf("1"), maybe=leaf("2"), more=[leaf("3")], named={"a.b": leaf("4")})
    tree.either = leaf("5")
    tree.save("tree")
    assert Tree.load("tree") == tree
    for file in home.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        assert b"canary" not in held, file
        assert b"9182736455" not in held, file
    assert Tree.get_block_schema()["secret_fields"] == [
        *("either.d", "either.ess", "either.key", "either.more", "either.pin"),
        *("leaf.d", "leaf.ess", "leaf.pin", "maybe.d", "maybe.ess", "maybe.pin"),
        *("more.*.d", "more.*.ess", "more.*.pin", "named.*.d", "named.*.ess", "named.*.pin"),
    ]


def test_values_that_are_secret_are_encrypted_where_no_schema_tells_of_them(home):
    """By their type, or a text by its name: in dicts, models that are a list, fields at will."""
    loose = Loose(
        free={"s": SecretStr("canary-1"), "deep": [{"password": "canary-2", "user": "etl"}]},
        root=["canary-3"],
        plain={"key": "canary-4"},
        more=SecretStr("canary-5"),
    )
    loose.save("loose")
    for file in home.rglob("*"):
        assert not file.is_file() or b"canary" not in file.read_bytes(), file
    found = Loose.load("loose")
    assert found.free == {"s": "canary-1", "deep": [{"password": "canary-2", "user": "etl"}]}
    assert (found.root, found.plain) == (loose.root, loose.plain)
    assert found.model_extra == {"more": "canary-5"}


def test_passwords_of_addresses_are_encrypted_and_masked(home, capsys):
    """Of texts and of pydantic's addresses; alone they are masked as well, quoted or not."""

    class Warehouse(Block):
        dsn: str
        more: list[PostgresDsn]

    address = "postgresql://etl:canary%2d1@db:5432/orders?sslmode=require"
    made = Warehouse(dsn=address, more=["postgresql://etl:canary-2@db/orders"])
    made.save("orders")

    @flow
    def tells():
        for text in (made.dsn, f"{made.more[0]}", "canary%2d1, canary-1 and canary-2"):
            get_run_logger().info(text)

    tells()
    assert "canary" not in capsys.readouterr().err
    for file in home.rglob("*"):
        assert not file.is_file() or b"canary" not in file.read_bytes(), file
    assert Warehouse.load("orders") == made


def test_secrets_under_any_of_several_names_are_encrypted_and_loaded_again(home):
    """Also in models that are secret as a whole, and in fields that are written by their value."""
    shapes = Shapes(
        deep={"a": {"code": "canary-1"}},
        tak="canary-2",
        whole=Secret(Deep(passcode="canary-3")),
        wider=Deep(code="canary-4"),
    )
    shapes.save("shapes")
    for file in home.rglob("*"):
        assert not file.is_file() or b"canary" not in file.read_bytes(), file
    found = Shapes.load("shapes")
    assert (found.deep, found.own) == (shapes.deep, shapes.own)
    assert found.whole.get_secret_value().word.get_secret_value() == "canary-3"


def test_a_field_that_is_taken_from_within_another_is_refused_with_the_fix(home):
    """It could be saved, and never be loaded."""

    class Dug(Block):
        host: str = Field(validation_alias=AliasPath("server", 0))

    with pytest.raises(InvalidError, match=r"Add its name: AliasChoices\('host', …\)"):
        Dug(server=["db"]).save("dug")


def test_a_block_of_which_its_field_would_keep_a_part_is_refused_until_it_is_saved(home):
    """Of a class below the declared one; referred to, it comes back as what it was."""
    ticket = Ticket(password="canary-6", keytab="k")
    with pytest.raises(InvalidError, match=r"'logins.a' holds a Ticket.*'keytab'.* Save it first"):
        Handle(logins={"a": ticket}).save("one")
    with pytest.raises(InvalidError, match=r"'any_' holds a Login.* Save it first"):
        Handle(any_=Login(password="canary-7")).save("one")
    with pytest.raises(InvalidError, match=r"lost\. Declare the field as Odder"):
        Handle(odd=Odder(key="canary-8")).save("one")
    ticket.save("reader")
    Handle(logins={"a": ticket}, any_=ticket).save("one")
    found = Handle.load("one")
    assert (found.logins, found.any_) == ({"a": ticket}, ticket)


def test_a_block_of_an_older_class_takes_what_fits(home):
    """A field that is gone is left out; one that is missing is named, with the fix."""

    class Store(Block):
        folder: str
        old: int = 1

    Store(folder="a", old=2).save("lake")

    class Newer(Block):
        _block_type_slug = "store"

        folder: str
        new: int = 3

    assert Newer.load("lake").model_dump() == {"folder": "a", "new": 3}

    class Newest(Block):
        _block_type_slug = "store"

        folder: str
        region: SecretStr

    with pytest.raises(InvalidError, match=r"class Newest: region: Field required. Save it anew"):
        Newest.load("lake")
    assert Newest.load("lake", validate=False).folder == "a"


def test_what_is_loaded_though_it_does_not_fit_is_secret_all_the_same(home):
    """Each field is what its type makes of it, and one that is refused stays as it was saved."""

    class Vault(Block):
        token: SecretStr
        keys: list[SecretStr]
        folder: str
        size: str

    token, key = SecretStr("s3cr3t-token"), SecretStr("s3cr3t-key")
    Vault(token=token, keys=[key], folder="/a", size="many").save("v")

    class Later(Block):
        _block_type_slug = "vault"

        token: SecretStr
        keys: SecretStr
        folder: Path
        size: int

    later = Later.load("v", validate=False)
    assert (later.token, later.folder, later.size) == (token, Path("/a"), "many")
    assert later.keys.get_secret_value() == ["s3cr3t-key"]
    assert "s3cr3t" not in repr(later)


def test_no_error_repeats_what_a_field_holds(home):
    """Neither of a block that is made, nor of one that is loaded."""

    class Strict(Block):
        password: SecretStr
        size: int

    with pytest.raises(ValidationError) as wrong:
        Strict(password=["canary-list"], size="canary-size")
    assert "canary" not in str(wrong.value)


def test_its_secrets_are_masked_from_its_making_on(home):
    """Made, changed, loaded, or come from another process."""
    login = Login(password="canary-made")
    login.password = SecretStr("canary-set-7")
    kept = pickle.dumps(Login(password="canary-pickled"))
    masking._known.pop("canary-pickled")
    assert pickle.loads(kept).user == "etl"
    for secret in ("canary-made", "canary-set-7", "canary-pickled"):
        assert masking.hide(f"<{secret}>") == "<********>"


def test_a_secret_too_short_to_be_masked_is_said_so(home, caplog):
    """When it is saved, without saying it."""
    with caplog.at_level(logging.WARNING):
        Login(password="abc").save("reader")
    assert "less than 4 characters" in caplog.text


def test_calls_say_which_version_of_the_credential_they_went_with(told):
    """And when it ends; the version changes with the password, back with the old one."""
    until = datetime(2030, 1, 31, tzinfo=UTC)

    @flow
    def etl(password):
        Login(password=password, until=until).save("reader", overwrite=True)
        login = Login.load("reader")
        Warehouse(host="db", login=login).query()

    for password in ("canary-one", "canary-two", "canary-one"):
        etl(password)
    calls = [
        json.loads(bytes(told.event.payload))["credential"]
        for told in told.events()
        if told.event.event.startswith("peninsula.call.")
    ]
    versions = [call["version"] for call in calls]
    assert versions[0] == versions[2] != versions[1]
    assert {call["expires"] for call in calls} == {"2030-01-31T00:00:00Z"}


def test_what_names_no_block_is_refused_before_anyone_is_asked(home):
    """The error says how it is named."""
    with pytest.raises(InvalidError, match='say the type, "s3-bucket/lake"'):
        Block.load("lake")
    with pytest.raises(InvalidError, match="no name of a block"):
        Login.load("My Reader")
    with pytest.raises(InvalidError, match="is not saved"):
        Login(password="canary-9").ref()
    with pytest.raises(InvalidError, match="refers to no block"):
        Login.load_from_ref({"$ref": {"id": 1}})
    assert not (home / "peninsula.db").exists()


def test_a_type_is_registered_with_what_its_class_says(home):
    """Its names, docstring, capabilities, and paths of secrets."""
    Warehouse.register_type_and_schema()
    assert Warehouse.get_block_type_slug() == "data-warehouse"
    assert Login.get_block_capabilities() == ["login"]
    schema = Warehouse.get_block_schema()
    assert schema["secret_fields"] == ["login.password", "others.*.password"]
    assert Login.get_block_schema()["expires_field"] == "until"


def test_examples_of_a_docstring_are_no_part_of_what_the_type_is_for():
    """They are its example, without prompts and without what they print."""

    class Queue(Block):
        """A queue.

        >>> for job in Queue():
        ...     job.run()
        done

        Jobs come in order.
        """

    assert Queue.get_description() == "A queue.\n\nJobs come in order."
    assert Queue.get_code_example() == "for job in Queue():\n    job.run()"
    assert Login.get_code_example() is None


@pytest.mark.parametrize("heading", ["Example:", "Examples::\n", "Examples\n--------"])
def test_headings_of_examples_are_part_of_them(heading):
    """In the styles of Google, Sphinx and NumPy."""
    queue = type("Queue", (Block,), {"__doc__": f"A queue.\n\n{heading}\n    >>> Queue().get()\n"})
    assert queue.get_description() == "A queue."
    assert queue.get_code_example() == "Queue().get()"


def test_names_in_other_scripts_are_types_of_their_own(home):
    """One is not loaded as another, and what people call it stays."""
    stores, databases = (type(name, (Login,), {}) for name in ("存储", "数据库"))
    databases(password="canary-9").save("x")
    with pytest.raises(NotFoundError):
        stores.load("x")
    assert type(databases.load("x")) is databases
    assert databases.get_block_type_name() == "数据库"
    assert type("DonnéesBrutes", (Login,), {}).get_block_type_slug() == "donnees-brutes"


CELLS = (
    """
class CellLogin(Block):
    user: str
""",
    """
class CellStore(Block):
    login: CellLogin
    others: list[CellLogin] = []
""",
)


@pytest.mark.parametrize("again", [CELLS, CELLS[:1]])
def test_a_class_that_a_notebook_makes_anew_loads_what_was_saved(home, again):
    """A field has what its class says, of which there may be a later one by the same name."""
    cells: dict[str, Any] = {"Block": Block, "__name__": "__main__"}
    for cell in CELLS:
        exec(compile(cell, "cell", "exec", dont_inherit=True), cells)
    login = cells["CellLogin"](user="etl")
    login.save("mine")
    cells["CellStore"](login=login, others=[login]).save("lake")
    for cell in again:
        exec(compile(cell, "cell", "exec", dont_inherit=True), cells)
    loaded = cells["CellStore"].load("lake")
    assert (loaded.login.user, loaded.others) == ("etl", [loaded.login])
    assert type(Block.load("cell-login/mine")) is cells["CellLogin"]
