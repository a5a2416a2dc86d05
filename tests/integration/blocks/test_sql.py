"""SqlDatabase on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy
from msgspec import Raw
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from peninsula.blocks import DatabaseCredentials, SqlDatabase
from peninsula.blocks.documents import register
from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.sdk.asking import ask
from tests.support.calls import seen

ROWS = [{"id": number, "name": f"n{number}"} for number in range(1, 6)]


@pytest.fixture
def database(database_url: str):
    """A database with a table of five rows, once of each engine."""
    made = SqlDatabase(credentials=DatabaseCredentials(url=database_url))
    with made.get_engine().begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE t (id INT PRIMARY KEY, name TEXT)"))
        connection.execute(sqlalchemy.text("INSERT INTO t VALUES (:id, :name)"), ROWS)
    yield made
    made.close()


def last(told):
    """Return the last call that was told."""
    return seen(told)[-1]


def count(database) -> int:
    """Return how many rows there are."""
    return database.fetch_all("SELECT count(*) FROM t")[0][0]


def test_rows_come_as_dicts_or_as_tuples_with_names(database, told):
    """The call is about the database, and says how many rows there were."""
    found = database.query("SELECT * FROM t WHERE id < :below ORDER BY id", {"below": 3})
    assert found == [{"id": 1, "name": "n1"}, {"id": 2, "name": "n2"}]
    [call] = seen(told)
    assert (call.name, call.says["rows"]) == ("sql-database.query.completed", 2)
    assert call.about == database.credentials.system()
    assert call.about.startswith(("sqlite:////", "postgresql://127.0.0.1:"))
    assert database.fetch_all("SELECT * FROM t ORDER BY id")[4].name == "n5"
    assert database.fetch_all(sqlalchemy.text("SELECT * FROM t"), execution_options={}) != []


def test_a_call_says_the_statement_without_its_values(database, told):
    """Whether they stand in it or are given beside it."""
    database.query("SELECT * FROM t WHERE name = 'bob' AND id = :id", {"id": 4_711})
    arguments = last(told).says["arguments"]
    assert arguments["operation"] == "SELECT * FROM t WHERE name = ? AND id = :id"
    assert "4711" not in str(arguments)


def test_rows_come_in_parts(database):
    """The same statement goes on where it was, until it is reset or has other parameters."""
    statement = "SELECT id FROM t WHERE id > :above ORDER BY id"

    def ids(above, **options):
        return [row.id for row in database.fetch_many(statement, {"above": above}, **options)]

    assert [ids(0, size=2) for _ in range(4)] == [[1, 2], [3, 4], [5], []]
    assert [ids(3) for _ in range(2)] == [[4], [5]]
    database.reset_cursors()
    assert ids(0, size=9) == [1, 2, 3, 4, 5]
    assert database.fetch_one("SELECT max(id) FROM t") == (5,)
    assert database.fetch_one("SELECT max(id) FROM t") is None


def test_many_rows_are_streamed(database, told):
    """In lists, which the one call counts."""
    assert [len(rows) for rows in database.stream("SELECT * FROM t", size=2)] == [2, 2, 1]
    assert (last(told).says["items"], last(told).says["rows"]) == (3, 5)


def test_what_is_changed_is_counted(database, told):
    """By one statement, by one with many parameters, by rows of a generator."""
    assert database.execute("UPDATE t SET name = :name WHERE id < 3", {"name": "x"}) == 2
    assert last(told).says["rows"] == 2
    more = [{"id": 6, "name": "n6"}, {"id": 7, "name": "n7"}]
    database.execute_many("INSERT INTO t VALUES (:id, :name)", more)
    assert database.execute_many("INSERT INTO t VALUES (:id, :name)", []) == 0
    rows = ({"id": number, "name": "y"} for number in range(10, 35))
    assert database.insert("t", rows, chunk_size=10) == 25
    assert last(told).says["rows"] == 25
    assert count(database) == 32


def test_rows_are_inserted_all_or_none(database):
    """Also where a later chunk fails."""
    rows = ({"id": number} for number in (10, 11, 12, 1))
    with pytest.raises(IntegrityError):
        database.insert("t", rows, chunk_size=2)
    assert count(database) == 5


def move(database):
    """Change a row's number to one that is taken."""
    with database.transaction() as tx:
        tx.execute("DELETE FROM t WHERE id = 2")
        tx.execute("INSERT INTO t VALUES (3, 'again')")


def test_statements_of_a_transaction_are_done_together(database, told):
    """They are told one by one, within the call of the transaction."""
    with database.transaction() as tx:
        tx.execute("DELETE FROM t WHERE id = 1")
        with pytest.raises(IntegrityError):
            move(tx)
        assert tx.fetch_one("SELECT count(*) FROM t") == (4,)
    assert count(database) == 4
    names = [call.name.removeprefix("sql-database.") for call in seen(told)]
    assert names[:5] == [
        "execute.completed",
        "execute.completed",
        "execute.failed",
        "transaction.completed",
        "fetch_one.completed",
    ]
    assert seen(told)[3].says["left_by"] == "IntegrityError"


def test_coroutines_await_the_same(database):
    """Statements and transactions, in threads."""

    async def amove():
        async with database.atransaction() as tx:
            await tx.aexecute("DELETE FROM t WHERE id = 2")
            await tx.aexecute("INSERT INTO t VALUES (3, 'again')")

    async def use():
        async with database.atransaction() as tx:
            await tx.aexecute("DELETE FROM t WHERE id = 1")
        with pytest.raises(IntegrityError):
            await amove()
        return await asyncio.gather(*(database.aquery("SELECT id FROM t") for _ in range(8)))

    assert {len(rows) for rows in asyncio.run(use())} == {4}


def test_a_transaction_that_is_cancelled_as_it_connects_gives_its_connection_back(database):
    """Nobody is left who could: who asked for it has the error, and the error has the frame."""
    begun, go_on, returned = threading.Event(), threading.Event(), threading.Event()
    engine = database.get_engine()

    @sqlalchemy.event.listens_for(engine, "begin")
    def begins(_connection):
        begun.set()
        go_on.wait(10)

    @sqlalchemy.event.listens_for(engine, "checkin")
    def returns(_driver, _record):
        returned.set()

    async def use():
        async with database.atransaction():
            raise AssertionError

    async def cancel():
        using = asyncio.create_task(use())
        await asyncio.to_thread(begun.wait)
        returned.clear()
        using.cancel()
        with pytest.raises(asyncio.CancelledError) as left:
            await using
        go_on.set()
        assert await asyncio.to_thread(returned.wait, 10), left

    asyncio.run(cancel())


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1, 'canary')",
        "SELECT * FROM none WHERE name = 'canary'",
        "SELECT 'canary",
    ],
)
def test_no_value_is_in_an_error(database, told, statement):
    """Neither in its text nor in its cause's, which are told of the run that fails."""
    with pytest.raises(SQLAlchemyError) as caught:
        database.execute(statement)
    assert "canary" not in f"{caught.value} {caught.value.__cause__} {last(told)}"
    assert last(told).says["error_type"] == type(caught.value).__name__


@pytest.mark.parametrize(
    ("second", "third"),
    [({"name": "b"}, {}), ({}, {"name": "c"}), ({"name": "b"}, {"name": "c", "more": 1})],
    ids=["fewer in a later chunk", "fewer", "more"],
)
def test_rows_of_other_columns_are_refused(database, second, third):
    """No value is left out; none of the rows is inserted."""
    rows = [{"id": 101, "name": "a"}, {"id": 102, **second}, {"id": 103, **third}]
    with pytest.raises(InvalidError, match=r"and the first has (name|more). Give None"):
        database.insert("t", rows, chunk_size=2)
    assert count(database) == 5


def test_values_of_parameters_are_in_no_error(database, home):
    """Nor anywhere in what is told."""
    with pytest.raises(IntegrityError):
        database.insert("t", [{"id": 1, "name": "canary"}])
    with pytest.raises(SQLAlchemyError):
        database.query("SELECT CAST(:x AS INT) + none", {"x": "canary"})
    assert not any(b"canary" in file.read_bytes() for file in home.rglob("*.seg"))


def test_an_error_names_the_database_once(database, told):
    """Also out of a transaction, and where there is none to connect to."""
    system = f"It was about {database._system()}."
    with pytest.raises(SQLAlchemyError) as caught, database.transaction() as tx:
        tx.query("SELECT * FROM none")
    assert caught.value.__notes__ == [system]
    nowhere = SqlDatabase(credentials=DatabaseCredentials(url="sqlite:////nowhere/x.db"))
    with pytest.raises(OperationalError) as caught:
        nowhere.query("SELECT 1")
    assert caught.value.__notes__ == ["It was about sqlite:////nowhere/x.db."]


def test_a_block_that_was_used_is_pickled(database):
    """Its connections stay where they are."""
    count(database)
    other = pickle.loads(pickle.dumps(database))
    assert count(other) == 5
    other.close()


def test_a_forked_process_has_connections_of_its_own(database):
    """And leaves those of its parent alone."""
    assert count(database) == 5
    child = os.fork()
    if child == 0:
        os._exit(0 if count(database) == 5 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert count(database) == 5


def test_a_database_in_memory_is_one(told):
    """For all threads, and as long as the block."""
    database = SqlDatabase(credentials=DatabaseCredentials(driver="sqlite"))
    database.execute("CREATE TABLE t (id INT)")
    assert asyncio.run(database.aexecute("INSERT INTO t VALUES (1)")) == 1
    assert count(database) == 1
    database.close()


def test_a_wrong_password_fails_as_the_database_says_it(postgres_url, told, home):
    """Of which nothing is told but what it says."""
    wrong = sqlalchemy.make_url(postgres_url).set(password="canary")
    url = wrong.render_as_string(hide_password=False)
    credentials = DatabaseCredentials(url=url)
    assert "canary" not in f"{credentials!r} {credentials.model_dump_json()}"
    with pytest.raises(OperationalError, match="password authentication failed"):
        SqlDatabase(credentials=credentials).query("SELECT 1")
    assert last(told).says["error_type"] == "OperationalError"
    assert not any(b"canary" in file.read_bytes() for file in home.rglob("*.seg"))


@pytest.fixture
def etl_url(postgres_url):
    """The URL of a database for a user whose password has signs that are quoted in it."""
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE ROLE etl_signs LOGIN PASSWORD '@:/%#\\:w'"))
    whole = sqlalchemy.make_url(postgres_url).set(username="etl_signs", password="@:/%#:w")
    yield whole.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP ROLE etl_signs"))
    engine.dispose()


def saved_by_form(name, **fields):
    """Save credentials as the page does: what is not filled in is null."""
    data = Raw(codec.encode({"password": None, **fields}))

    async def save(api):
        await register(api, DatabaseCredentials)
        return await api.save_block("database-credentials", name, data, overwrite=True)

    return codec.decode(dict, asyncio.run(ask(save)).data)


@pytest.mark.usefixtures("home")
def test_a_block_that_was_made_of_a_url_in_a_form_connects(etl_url):
    """So does one whose URL alone has the new password, or whose field has it."""

    def connects():
        credentials = DatabaseCredentials.load("warehouse")
        return SqlDatabase(credentials=credentials).query("SELECT current_user AS who")[0]["who"]

    user, host = "etl_signs", etl_url.rpartition("@")[2]
    shown = saved_by_form("warehouse", url=etl_url)
    assert shown == {"url": f"postgresql+psycopg://{user}@{host}", "password": "********"}
    assert connects() == user
    saved_by_form("warehouse", url=f"postgresql+psycopg://{user}:wrong@{host}", password="********")
    with pytest.raises(OperationalError, match="password authentication failed"):
        connects()
    saved_by_form("warehouse", url=etl_url, password="********")
    assert connects() == user
    saved_by_form("warehouse", **(shown | {"password": "wrong"}))
    saved_by_form("warehouse", **(shown | {"password": "@:/%#:w"}))
    assert connects() == user


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("password", ["a/b@c", "a#b@c", "a@b/c", "a@b?c=d", "12/a", "@/a"])
def test_a_url_that_may_keep_a_part_of_its_password_is_refused(password):
    """Also by the server, for a form: with the field, and how it is written."""
    with pytest.raises(
        InvalidError, match=r"'url' has signs in its user or password .* 'password'"
    ):
        saved_by_form("warehouse", url=f"postgresql://etl:{password}@db/orders")
    saved_by_form("warehouse", url=f"postgresql://etl:{quote(password, '')}@db/orders")
    assert DatabaseCredentials.load("warehouse").password.get_secret_value() == password


@pytest.mark.usefixtures("home")
def test_a_password_leaves_the_url(caplog):
    """Whoever gives it, also with nothing in its field; no part of it stays behind."""
    url = "postgresql://etl:canary%2F91@db/orders"
    for given in (url, sqlalchemy.make_url(url)):
        credentials = DatabaseCredentials(url=given, password=None)
        assert credentials.url == "postgresql://etl@db/orders"
        assert credentials.password.get_secret_value() == "canary/91"
    credentials.save("warehouse")
    assert "less than" not in caplog.text
    both = DatabaseCredentials(url=url, password="canary-92")
    assert both.password.get_secret_value() == "canary-92"


@pytest.mark.parametrize(
    ("fields", "system"),
    [
        (
            {"url": "postgresql+psycopg://u:p@Host:5432/db?sslmode=require"},
            "postgresql://Host:5432/db",
        ),
        (
            {"url": "postgresql://host/db", "port": 6000, "username": "u"},
            "postgresql://host:6000/db",
        ),
        ({"driver": "mysql+pymysql", "host": "h", "database": "d"}, "mysql://h/d"),
        ({"url": "sqlite:///x.db"}, f"sqlite:///{Path.cwd()}/x.db"),
        ({"driver": "sqlite"}, "sqlite:///"),
    ],
)
def test_a_database_is_named_by_where_it_is(fields, system):
    """However its address was given; no user is in it."""
    assert DatabaseCredentials(**fields).system() == system


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Say where the database is"),
        ({"url": "nonsense:p4ssw0rd"}, "Write it like postgresql://"),
        ({"url": "postgresql://u:12/p4ssw0rd@h/d"}, "signs to be quoted"),
        ({"url": "postgresql://u:1/2@p4ssw0rd@h/d"}, "signs to be quoted"),
        ({"url": "postgresql://u:1@p4ssw0rd?2@h/d"}, "signs to be quoted"),
        ({"url": "oracle://u/p4ssw0rd@h/d"}, "signs to be quoted"),
        ({"url": "postgresql://h:p4ssw0rd/d"}, "Write it like postgresql://"),
        ({"url": "postgresql://h/d?sslpassword=x"}, "give it in the field password"),
        ({"driver": "sqlite", "connect_args": {"api_key": "x"}}, "give it in the field password"),
    ],
)
def test_what_names_no_database_is_refused(fields, message):
    """With what to write instead; what was given is not repeated."""
    with pytest.raises(ValidationError, match=message) as caught:
        DatabaseCredentials(**fields)
    assert "p4ssw0rd" not in str(caught.value)


@pytest.mark.parametrize(
    ("driver", "message"),
    [
        ("mysql+pymysql", 'pip install pymysql"'),
        ("nothing", "knows no database 'nothing'"),
        ("sqlite+aiosqlite", "aiosqlite"),
    ],
)
def test_a_driver_that_cannot_be_used_is_named(driver, message):
    """With the fix."""
    database = SqlDatabase(credentials=DatabaseCredentials(driver=driver, host="h"))
    with pytest.raises(InvalidError, match=message):
        database.query("SELECT 1")
