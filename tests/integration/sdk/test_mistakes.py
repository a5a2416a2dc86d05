"""Mistakes that are easily made: the error names the thing and the fix."""

from __future__ import annotations

import asyncio

import pytest

from peninsula import flow, task
from peninsula.cache_policies import INPUTS
from peninsula.core.errors import InvalidError, ParameterError, SerializationError
from peninsula.states import Cancelled, Completed, Crashed, Paused, Running
from peninsula.transactions import transaction


@task
async def load():
    """Return rows."""
    return [1]


def test_a_flow_that_returns_an_async_task_unawaited_fails(told):
    """Its coroutine would never run, and the flow would look as if all had gone well."""

    @flow
    def etl():
        return load()

    with pytest.raises(InvalidError, match=r'flow "etl" returned the coroutine.*`async def`'):
        etl()
    assert told.one("etl").state == "Failed"
    assert told.all("load") == []


def test_a_coroutine_that_returns_one_is_told_to_await_it(told):
    """The same for tasks; it is not retried, as it would do so again."""

    @task(retries=2)
    async def outer():
        return load()

    with pytest.raises(InvalidError, match=r'task "outer" returned the coroutine.*Await it\.'):
        asyncio.run(outer())
    assert told.one("outer").states == ["Running", "Failed"]


def test_two_tasks_of_one_name_are_noted_once(told, monkeypatch, caplog):
    """In the debug log of the flow run in which both run; one function twice is nothing."""
    monkeypatch.setenv("PENINSULA_LOG_LEVEL", "DEBUG")
    caplog.set_level("DEBUG", "peninsula")

    def make():
        @task
        def clean(): ...

        return clean

    @task(name="clean")
    def other(): ...

    @flow
    def etl():
        make()()
        make()()
        for each in [other, make(), other]:
            each()

    etl()
    noted = [line for line in told.one("etl").log if "look alike" in line]
    assert len(noted) == 1
    assert 'as task "clean"' in noted[0]


@pytest.mark.parametrize(
    ("decorator", "option", "meant"),
    [
        (task, "retires", "Did you mean retries"),
        (task, "timeout", "Did you mean timeout_seconds"),
        (flow, "retry_delay", "Did you mean retry_delay_seconds"),
        (flow, "schedule", "It has name, description"),
    ],
)
def test_a_typo_in_an_option_is_answered_with_what_was_meant(decorator, option, meant):
    """Where nothing is near, all options are listed."""
    with pytest.raises(ParameterError, match=f"has no option '{option}'. {meant}"):
        decorator(**{option: 3})


@pytest.mark.parametrize("declare", [flow, task])
def test_a_typo_in_with_options_is_answered_as_in_the_decorator(declare):
    """It takes the same options."""
    with pytest.raises(ParameterError, match=r"no option 'retires'\. Did you mean retries"):
        declare(name="load")(lambda: None).with_options(retires=3)


@pytest.mark.parametrize("returned", [Paused(), Running(), [Completed(), Paused()]])
def test_a_state_that_is_no_end_is_refused_as_a_result(returned):
    """The message has what was returned, and what may be."""

    @flow
    def etl():
        return returned

    state = etl(return_state=True)
    assert state.is_failed()
    assert 'flow "etl" returned the state' in state.message
    assert "Completed, Failed, Cancelled and Crashed" in state.message


@pytest.mark.parametrize(
    ("option", "value"),
    [("retries", -1), ("retry_delay_seconds", -1), ("timeout_seconds", "3")],
)
def test_a_wrong_value_is_told_with_its_task(option, value):
    """The message has the task, the option, the value, and what to give."""
    said = f'The task "load" has {option}={value!r}; give a'
    with pytest.raises(InvalidError, match=said):
        task(name="load", **{option: value})(lambda: None)


@pytest.mark.parametrize(
    "use",
    [lambda future: future + 1, lambda future: future[0], lambda future: future > 0, list],
    ids=["add", "item", "compare", "iterate"],
)
def test_a_future_used_as_its_result_gets_the_fix_as_a_note(use):
    """Python's own message knows its type only."""

    @task
    def count():
        return 1

    @flow
    def etl():
        return use(count.submit())

    with pytest.raises(TypeError, match="Future") as caught:
        etl()
    (note,) = caught.value.__notes__
    assert ".result() waits for it" in note


def test_a_coroutine_used_as_its_result_gets_the_fix_as_a_note():
    """As does a call of an async task that was not awaited; the note is not doubled on its way."""

    @task
    async def count():
        return 1

    @task
    def add():
        call = count()
        try:
            return call + 1
        finally:
            call.close()

    @flow
    def etl():
        return add()

    with pytest.raises(TypeError, match="coroutine") as caught:
        etl()
    (note,) = caught.value.__notes__
    assert "await the call" in note


def test_an_async_flow_that_nobody_awaits_is_named_in_the_warning(run_script):
    """Python warns of coroutines by name: the engine's would say nothing."""
    code = "from peninsula import flow\n@flow(name='nightly')\nasync def etl(): ...\netl()\n"
    assert "coroutine 'nightly' was never awaited" in run_script(code).succeed()


def test_wait_for_takes_a_list():
    """Anything else is refused by name."""
    with pytest.raises(ParameterError, match=r"`wait_for` has 3, which is no list"):
        task(name="one")(lambda: 1)(wait_for=3)


def test_a_result_that_cannot_be_kept_is_told_with_its_task():
    """The error says what would do; its note, whose result it is."""

    @task(persist_result=True)
    def rows():
        return iter([1]), lambda: (yield), (n for n in [1])

    with pytest.raises(SerializationError, match="persist_result=False") as caught:
        rows()
    assert caught.value.__notes__ == ['It is about the result of the task "rows".']


def test_an_option_of_tasks_is_named_to_a_flow():
    """Who means caching finds where it is."""
    with pytest.raises(ParameterError, match=r"mean cache_policy\? It is an option of @task"):
        flow(cache_polic=None)


@pytest.mark.parametrize("made", [Paused, Completed])
def test_a_state_says_what_it_takes(made):
    """And not the name of a function of ours."""
    with pytest.raises(InvalidError, match=rf"{made().name}\(\) takes message.*timeout_seconds"):
        made(timeout_seconds=1)
    with pytest.raises(InvalidError, match="takes message"):
        made("done")


@pytest.mark.parametrize("made", [Cancelled, Crashed])
def test_a_state_without_a_message_says_nothing_of_it(made, caplog):
    """Not even None."""

    @flow
    def etl():
        return made()

    assert etl(return_state=True).name == made().name
    assert "None" not in caplog.text
    assert f"{made().name} after" in caplog.text


@pytest.mark.parametrize("level", ["", []])
def test_an_isolation_level_that_is_none_is_refused(level):
    """Also an empty one."""
    with pytest.raises(InvalidError, match="SERIALIZABLE"):
        INPUTS.configure(isolation_level=level)
    with pytest.raises(InvalidError, match="SERIALIZABLE"), transaction("k", isolation_level=level):
        pass
