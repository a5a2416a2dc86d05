"""Parameters: coerced for flows, summed up without secrets, and part of run names."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from textwrap import dedent
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr

from peninsula import flow, runtime, task
from peninsula.core.errors import InvalidError, ParameterError


class Colour(Enum):
    """A colour."""

    RED = "red"


class Options(BaseModel):
    """Options of a flow."""

    limit: int = 10
    day: date | None = None


def parameters_of(run):
    """Return the summary of a run's parameters."""
    return json.loads(bytes(run.born.parameters))


def test_parameters_of_flows_are_coerced_to_their_annotations(told):
    """As the CLI and forms give them: texts for dates, dicts for models."""

    @flow
    def etl(
        day: date,
        limit: int = 5,
        options: Options | None = None,
        *paths: Path,
        colour: Colour = Colour.RED,
        **ratios: float,
    ):
        return day, limit, options, paths, colour, ratios

    assert etl("2026-01-31", "7", {"limit": "3"}, "a", "b", colour="red", half="0.5") == (
        date(2026, 1, 31),
        7,
        Options(limit=3),
        (Path("a"), Path("b")),
        Colour.RED,
        {"half": 0.5},
    )


def test_what_does_not_fit_fails_the_run_and_says_which_and_why(told):
    """All problems at once; the values themselves are not repeated, as they may be secret."""

    @flow
    def etl(day: date, limit: Annotated[int, Field(gt=0)], note="hello"):
        raise AssertionError

    with pytest.raises(ParameterError, match='flow "etl" got parameters') as problem:
        etl("yesterday", limit=-3)
    text = str(problem.value)
    assert "day: Input should be a valid date" in text
    assert "limit: Input should be greater than 0" in text
    assert "yesterday" not in text
    run = told.one("etl")
    assert run.states == ["Failed"]
    assert "day: Input should be" in run.message


def test_validation_can_be_switched_off(told):
    """Then parameters are what the caller gave."""

    @flow(validate_parameters=False)
    def etl(limit: int):
        return limit

    assert etl("7") == "7"


def test_tasks_take_parameters_as_they_are():
    """As in Prefect, only flows coerce."""

    @task
    def load(limit: int):
        return limit

    assert load("7") == "7"


def test_values_that_fit_keep_their_identity(told):
    """So a result that is passed on to a subflow is still known as one."""

    @task
    def rows():
        return [{"a": 1}]

    @flow
    def inner(rows: list):
        return rows

    @flow
    def outer():
        found = rows()
        return inner(found) is found

    assert outer() is True
    assert told.one("inner").upstream == {told.one("rows").id}


def test_pydantic_is_not_imported_when_values_fit_already(run_script):
    """A hello world does not pay for it."""
    program = run_script(
        dedent("""
            import sys
            from peninsula import flow

            @flow
            def hello(name: str = "you", times: int | None = None, *, loud: bool = False):
                return name

            assert hello() == "you"
            assert "pydantic" not in sys.modules
        """)
    )
    program.succeed()


def test_annotations_that_cannot_be_resolved_are_no_obstacle():
    """Types that only a checker imports stay unchecked."""

    @flow
    def etl(frame: "polars.DataFrame", limit: int):  # noqa: F821, UP037  not imported on purpose
        return frame, limit

    assert etl("anything", "3") == ("anything", 3)


def test_classes_that_pydantic_does_not_know_are_checked_by_instance():
    """Any class can be an annotation."""

    class Frame:
        pass

    @flow
    def etl(frame: Frame):
        return frame

    etl.fn.__annotations__["frame"] = Frame
    frame = Frame()
    assert etl(frame) is frame


def test_futures_are_resolved_before_parameters_are_checked():
    """A subflow gets the result, coerced."""

    @task
    def text():
        return "7"

    @flow
    def inner(limit: int):
        return limit

    @flow
    def outer():
        return inner(text.submit())

    assert outer() == 7


def test_secrets_are_masked_in_what_is_told(told):
    """By type, by declaration, by name, inside of structures, and in addresses."""

    @dataclass
    class Login:
        user: str
        password: str

    @task
    def load(given, login, address, api_key, declared: SecretStr, nested):
        return None

    load(
        SecretStr("s3cret"),
        Login("me", "s3cret"),
        "postgresql://me:s3cret@db/orders",
        "s3cret",
        "s3cret",
        {"token": "s3cret", "deep": [{"client_secret": "s3cret"}]},
    )
    run = told.one("load")
    assert b"s3cret" not in bytes(run.born.parameters)
    assert parameters_of(run)["login"] == {"user": "me", "password": "********"}


def test_counts_of_tokens_and_flags_are_no_secrets(told):
    """Nor is None; a number is one by its name, as it may be a PIN."""

    @flow
    def ask(max_tokens: int, options: dict, use_token=True, password=None, token=12_345):
        return max_tokens

    ask(4_096, {"max_tokens": "100", "token": "canary"})
    assert parameters_of(told.one("ask")) == {
        "max_tokens": 4_096,
        "options": {"max_tokens": "100", "token": "********"},
        "use_token": True,
        "password": None,
        "token": "********",
    }


def test_a_secret_parameter_of_a_flow_is_masked_also_when_others_do_not_fit(told):
    """The summary is made of what the caller gave."""

    @flow
    def etl(key: SecretStr, limit: int):
        raise AssertionError

    with pytest.raises(ParameterError) as problem:
        etl("s3cret", "many")
    assert "s3cret" not in str(problem.value)
    assert b"s3cret" not in bytes(told.one("etl").born.parameters)


def test_the_summary_is_small_and_never_fails(told):
    """Large values are their type and size; a class that raises everywhere is its name."""

    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError(name)

        def __repr__(self):
            raise RuntimeError

        def __len__(self):
            raise RuntimeError

    @task
    def load(**values):
        return None

    load(
        text="x" * 100_000,
        numbers=list(range(100_000)),
        hostile=Hostile(),
        odd=float("nan"),
        huge=10**100,
        surrogate="half \ud800",
        data=b"123",
        cls=int,
    )
    load(**{f"parameter_{number}": "y" * 150 for number in range(500)})
    first, second = told.all("load")
    assert len(bytes(first.born.parameters)) <= 2048
    assert len(bytes(second.born.parameters)) <= 2048
    values = parameters_of(first)["values"]
    assert values["hostile"].endswith("Hostile>")
    assert values["numbers"][-1] == "… 99,980 more"
    assert values["data"] == "<bytes 3>"


def test_a_frame_is_its_shape(told):
    """What has a shape shows it."""
    polars = pytest.importorskip("polars")

    @task
    def load(frame):
        return None

    load(polars.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]}))
    assert parameters_of(told.one("load")) == {"frame": "<polars.DataFrame 3×2>"}  # noqa: RUF001  as shown


def test_run_names_are_templates_of_the_parameters(told):
    """Attributes, items and formats work; futures are filled in by their results."""

    @task(task_run_name="load-{options[day]:%F}-{source.name}")
    def load(options, source):
        return "rows"

    @task(task_run_name="clean-{rows}")
    def clean(rows):
        return rows

    @flow(flow_run_name="etl-{limit}")
    def etl(limit: int):
        rows = load.submit({"day": date(2026, 1, 31)}, Path("a/b.csv"))
        clean.submit(rows).wait()

    etl("7")
    assert told.one("etl").name == "etl-7"
    assert told.one("load").name == "load-2026-01-31-b.csv"
    assert told.one("clean").name == "clean-rows"
    assert told.one("load").events[0].resource.name == "load-2026-01-31-b.csv"


def test_run_names_may_be_functions(told):
    """With or without the parameters; they can ask what they run in."""

    @task(task_run_name=lambda parameters: f"load {parameters['limit']}")
    def load(limit):
        return limit

    @flow(flow_run_name=lambda: f"{runtime.flow_run.flow_name} of today")
    def etl():
        load(3)

    etl()
    assert [run.name for run in told.runs()] == ["etl of today", "load 3"]


def test_a_name_is_made_fit_to_be_one(told):
    """Control characters and what is too long are not told; an empty name is none."""

    @task(task_run_name="{text}")
    def load(text):
        return text

    @flow
    def etl():
        load("two\nlines")
        load("")
        load("x" * 5_000)

    etl()
    names = [run.name for run in told.all("load")]
    assert names[:2] == ["two lines", "load-1"]
    assert len(names[2]) == 1_024


def test_a_template_that_does_not_fit_fails_with_what_there_is(told):
    """The run fails, and the error names option, template and parameters."""

    @task(task_run_name="load-{day}")
    def load(limit):
        return limit

    with pytest.raises(InvalidError, match=r"task_run_name.*'load-\{day\}'.*limit"):
        load(1)
    assert told.one("load").states == ["Failed"]


def test_a_flow_run_has_two_words_for_a_name(told):
    """One can say it, and it is the same wherever its id is known."""

    @flow
    def etl():
        return runtime.flow_run.name

    name = etl()
    assert name == told.one("etl").name
    assert len(name.split("-")) == 2


def test_pydantic_is_loaded_in_this_test_process():
    """Else the test above it would show nothing."""
    assert "pydantic" in sys.modules
