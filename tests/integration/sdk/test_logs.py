# ruff: noqa: T201  prints are what is tested
"""What runs log and print is in their logs, and readable in the terminal."""

from __future__ import annotations

import io
import logging
import sys
from textwrap import dedent

import pytest

from peninsula import flow, get_run_logger, task
from peninsula.core.errors import InvalidError
from peninsula.sdk.telling.console import Console
from peninsula.variables import Variable


def test_the_run_logger_writes_to_the_log_of_its_run(told):
    """Each line has its level, logger and time."""

    @task
    def load():
        get_run_logger().warning("%d rows dropped", 12)

    @flow
    def etl():
        get_run_logger().info("before")
        load()

    etl()
    (line,) = told.one("load").lines
    assert (line.message, line.level, line.logger) == (
        "12 rows dropped",
        logging.WARNING,
        "peninsula.task_runs",
    )
    assert told.one("etl").log[1] == "before"


def test_what_our_own_client_logs_is_in_no_run_s_log(told, caplog):
    """Of a variable that is read, the program said nothing; its own client's lines are there."""
    caplog.set_level(logging.INFO, "httpx")
    client = logging.getLogger("httpx")

    @flow
    def etl():
        Variable.get("region", "eu")
        client.info("the user's request")

    etl()
    assert [line.message for line in told.one("etl").lines if line.logger == "httpx"] == [
        "the user's request"
    ]


def test_outside_of_runs_there_is_no_run_logger():
    """The error says what to do."""
    with pytest.raises(InvalidError, match=r"Call it inside of a flow or task"):
        get_run_logger()


def test_a_run_logger_that_is_passed_on_stays_the_logger_of_its_run(told):
    """Also on a thread that knows of no run, and inside of another run."""

    @task
    def other(logger):
        logger.info("from afar")

    @flow
    def etl():
        other(get_run_logger())

    etl()
    assert "from afar" in told.one("etl").log
    assert told.one("other").log == []


def test_standard_logging_inside_of_runs_is_captured(told):
    """Any logger's lines, also of one that does not propagate; not those outside of runs."""
    quiet = logging.getLogger("some.library")
    quiet.propagate = False
    quiet.setLevel(logging.INFO)

    @task
    def load():
        quiet.info("inside")
        logging.getLogger().error("of the root")

    try:
        load()
        quiet.info("outside")
    finally:
        quiet.propagate = True
        quiet.setLevel(logging.NOTSET)
    assert [(line.logger, line.message) for line in told.one("load").lines] == [
        ("some.library", "inside"),
        ("root", "of the root"),
    ]


def test_filters_of_the_user_apply_before_a_line_is_captured(told):
    """What a logger's filter drops or changes is dropped and changed here, too."""
    library = logging.getLogger("careful.library")

    class Careful(logging.Filter):
        def filter(self, record):
            record.msg = record.msg.replace("s3cret", "***")
            return "drop" not in record.msg

    careful = Careful()
    library.addFilter(careful)

    @task
    def load():
        library.warning("key s3cret")
        library.warning("drop me")

    try:
        load()
    finally:
        library.removeFilter(careful)
    assert told.one("load").log == ["key ***"]


def test_the_level_is_a_setting(told, monkeypatch, run_script):
    """What is below it is neither kept nor shown; DEBUG shows everything."""
    code = dedent("""
        import logging
        from peninsula import flow, get_run_logger

        @flow
        def etl():
            get_run_logger().debug("a detail")
            logging.getLogger("library").info("a fact")
            logging.getLogger("library").debug("a detail of the library")
            get_run_logger().error("a problem")

        etl()
    """)
    assert "a detail" not in run_script(code).succeed()
    assert told.one("etl").log[1:-1] == ["a fact", "a problem"]
    assert "a detail" in run_script(code, env={"PENINSULA_LOG_LEVEL": "DEBUG"}).succeed()
    assert told.all("etl")[-1].log[1:-1] == [
        "a detail",
        "a fact",
        "a detail of the library",
        "a problem",
    ]


def test_basic_config_works_also_inside_of_a_flow(run_script):
    """Nothing is put on the root logger that would keep it from being set up."""
    code = dedent("""
        import logging
        from peninsula import flow

        @flow
        def etl():
            logging.basicConfig(format="MINE %(message)s", level=logging.INFO)
            logging.getLogger("library").info("hello")

        etl()
    """)
    assert "MINE hello" in run_script(code).succeed()


def test_an_exception_is_logged_once_with_its_traceback_and_without_our_frames(told):
    """Where it happened is in the log of the innermost run; the flow's has one line."""

    @task
    def load():
        rows = None
        return rows["first"]

    @flow
    def etl():
        load()

    with pytest.raises(TypeError):
        etl()
    (line,) = told.one("load").lines
    assert line.level == logging.ERROR
    assert 'return rows["first"]' in line.message
    assert "peninsula/sdk" not in line.message
    assert "Traceback" not in told.one("etl").log[-1]
    assert told.one("etl").log[-1].startswith("Failed after")


def test_addresses_in_a_log_have_no_queries(told):
    """Clients of HTTP log what they ask, with the keys that are in it."""

    @flow
    def etl():
        log = logging.getLogger("httpx")
        log.warning('HTTP Request: GET %s "HTTP/1.1 200 OK"', "http://h/q?api_key=canary&page=2")
        log.warning("https://u:canary@h/x?X-Amz-Signature=canary. Is it there? Yes")

    etl()
    assert told.one("etl").log[1:3] == [
        'HTTP Request: GET http://h/q?******** "HTTP/1.1 200 OK"',
        "https://********@h/x?******** Is it there? Yes",
    ]


def test_a_traceback_has_no_secrets_of_addresses(told, capsys):
    """Neither in the log nor in the terminal, as in the message above it."""

    @flow
    def etl():
        secret = "yranac"[::-1]
        raise ConnectionError(f"https://u:{secret}@h/x?token={secret} is away")

    with pytest.raises(ConnectionError):
        etl()
    printed = capsys.readouterr().err
    assert "canary" not in f"{printed}{told.one('etl').log}"
    assert "ConnectionError: https://********@h/x?******** is away" in printed


def test_arguments_that_do_not_fit_a_message_lose_nothing(told):
    """A mistake in a log call is shown, and the run goes on."""

    @task
    def load():
        logging.getLogger("library").warning("%d rows", "many")
        return "went on"

    raising, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        assert load() == "went on"
    finally:
        logging.raiseExceptions = raising
    assert "its arguments do not fit" in told.one("load").log[0]


def test_text_that_no_encoding_has_is_kept_readable(told, uncaptured):
    """Half a surrogate pair, and a line of a megabyte."""

    @task
    def load():
        get_run_logger().info("half \ud800 pair")
        get_run_logger().info("x" * 1_000_000)

    with uncaptured():
        load()
    first, second = told.one("load").log
    assert first.startswith("half ")
    assert "cut here" in second


def test_prints_are_logged_where_a_flow_says_so(told, capsys):
    """Its tasks follow it unless they say otherwise; other streams are left alone."""

    @task
    def load():
        print("loading", 3, sep="-")
        print("to a file", file=io.StringIO())

    @task(log_prints=False)
    def quiet():
        print("quiet")

    @flow(log_prints=True)
    def etl():
        print("hello", "you")
        load()
        quiet()

    print("before")
    etl()
    print("after")
    assert told.one("etl").log[1] == "hello you"
    assert told.one("load").log == ["loading-3"]
    assert told.one("quiet").log == []
    assert capsys.readouterr().out == "before\nquiet\nafter\n"


def test_prints_are_not_logged_by_default(told, capsys):
    """They go where they always go."""

    @flow
    def etl():
        print("hello")

    etl()
    assert capsys.readouterr().out == "hello\n"
    assert "hello" not in told.one("etl").log


def test_prints_are_logged_where_the_setting_says_so(told, run_script):
    """PENINSULA_LOG_PRINTS is the default of all flows."""
    code = "from peninsula import flow\n@flow\ndef etl():\n    print('hello')\netl()\n"
    run_script(code, env={"PENINSULA_LOG_PRINTS": "true"}).succeed()
    assert "hello" in told.one("etl").log


def test_a_handler_that_logs_does_not_log_for_ever(told):
    """Capturing is not captured."""

    class Chatty(logging.Handler):
        def emit(self, record):
            if record.name != "chatty":
                logging.getLogger("chatty").warning("handled %s", record.getMessage())

    chatty = Chatty()
    logging.getLogger().addHandler(chatty)

    @task
    def load():
        logging.getLogger("library").warning("one")

    try:
        load()
    finally:
        logging.getLogger().removeHandler(chatty)
    assert told.one("load").log == ["one", "handled one"]


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, **extra: object) -> str:
    """Return what the console writes of one record to this stderr."""
    monkeypatch.setattr(sys, "stderr", stream)
    record = logging.LogRecord("library", logging.WARNING, "f.py", 1, "%d rows", (3,), None)
    record.__dict__.update(extra)
    Console().handle(record)
    return stream.getvalue()


def test_a_console_line_has_time_level_run_and_message(monkeypatch):
    """Without colours where nobody sees them."""
    line = shown(io.StringIO(), monkeypatch, run_name="quiet-harbour")
    assert line.endswith(" WARNING  quiet-harbour  3 rows\n")
    assert "\x1b" not in line


def test_a_terminal_is_shown_colours_unless_it_declines(monkeypatch):
    """NO_COLOR and dumb terminals are respected."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[33mWARNING" in shown(Terminal(), monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(Terminal(), monkeypatch)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shown(Terminal(), monkeypatch)
