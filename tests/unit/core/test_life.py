"""The life of a run, played without a driver: what it asks for, and in which order."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.life import (
    Call,
    Consult,
    Draw,
    Ending,
    Hand,
    Notify,
    Plan,
    Prepare,
    Report,
    Settle,
    Sleep,
    describe,
    ending_of_error,
    live,
)
from peninsula.core.states import StateType
from tests.support.moments import MOMENT

COMPLETED = Ending(type=StateType.COMPLETED, name="Completed")
FAILED = Ending(type=StateType.FAILED, name="Failed", message="ValueError: no", retriable=True)
CANCELLED = Ending(type=StateType.CANCELLED, name="Cancelled")

plans = st.builds(
    Plan,
    prepares=st.booleans(),
    settles=st.booleans(),
    retries=st.integers(0, 4),
    delays=st.sampled_from([(), (2.0,), (0.0, 3.0)]),
    jitter=st.sampled_from([0.0, 0.5]),
    conditional=st.booleans(),
    hooks=st.frozensets(st.sampled_from(StateType)),
)
endings = st.sampled_from([COMPLETED, FAILED, CANCELLED])


def play(plan: Plan, answer: Callable[[Any], Any]) -> tuple[list[Any], Ending]:
    """Drive a life with a function from effect to outcome; return the effects and the ending."""
    life = live(plan, lambda: 0.5)
    effects = []
    outcome = None
    while True:
        try:
            effect = life.send(outcome)
        except StopIteration as end:
            return effects, end.value
        effects.append(effect)
        outcome = answer(effect)


def calls_end(*outcomes: Ending) -> Callable[[Any], Any]:
    """Answer calls with these endings in turn, and everything else as if nothing disturbed it."""
    turn = iter(outcomes)

    def answer(effect: Any) -> Any:
        match effect:
            case Call():
                return next(turn)
            case Consult():
                return True
            case _:
                return None

    return answer


def said(effects: list[Any]) -> list[str]:
    """Return the effects as short words."""
    return [
        f"{effect.change.name} {effect.change.attempt}"
        if isinstance(effect, Report)
        else type(effect).__name__
        for effect in effects
    ]


def test_a_plain_run_is_running_called_and_completed():
    """Two reports and one call: nothing else is done for a run that asks for nothing else."""
    effects, ending = play(Plan(), calls_end(COMPLETED))
    assert said(effects) == ["Running 0", "Call", "Completed 0"]
    assert ending == COMPLETED


def test_a_failure_is_retried_after_its_delay():
    """It awaits the retry in the attempt that failed, and runs it as the next one."""
    plan = Plan(retries=2, delays=(5.0,))
    effects, ending = play(plan, calls_end(FAILED, COMPLETED))
    assert said(effects) == [
        "Running 0",
        "Call",
        "AwaitingRetry 0",
        "Sleep",
        "Retrying 1",
        "Call",
        "Completed 1",
    ]
    assert effects[3] == Sleep(5.0)
    assert effects[2].change.message == "ValueError: no"
    assert ending == COMPLETED


def test_without_a_delay_a_retry_follows_at_once():
    """No AwaitingRetry is reported when nothing is waited for."""
    effects, _ = play(Plan(retries=1), calls_end(FAILED, FAILED))
    assert said(effects) == ["Running 0", "Call", "Retrying 1", "Call", "Failed 1"]


def test_what_is_not_retriable_is_not_retried():
    """A cancelled run stays cancelled, however many retries it has."""
    effects, ending = play(Plan(retries=3), calls_end(CANCELLED))
    assert said(effects) == ["Running 0", "Call", "Cancelled 0"]
    assert ending == CANCELLED


def test_the_users_condition_can_refuse_a_retry():
    """A refused retry leaves the failure as it is."""

    def answer(effect: Any) -> Any:
        return False if isinstance(effect, Consult) else calls_end(FAILED)(effect)

    effects, ending = play(Plan(retries=3, conditional=True), answer)
    assert said(effects) == ["Running 0", "Call", "Consult", "Failed 0"]
    assert ending == FAILED


def test_a_run_whose_inputs_failed_never_runs():
    """It reports NotReady and its function is not called."""
    unready = Ending(type=StateType.PENDING, name="NotReady", message="load-0 failed")
    effects, ending = play(
        Plan(prepares=True), lambda effect: unready if isinstance(effect, Prepare) else None
    )
    assert said(effects) == ["Prepare", "NotReady 0"]
    assert ending == unready


def test_children_are_settled_before_the_end_is_reported():
    """A flow run is over when all its task runs are."""
    effects, _ = play(Plan(settles=True), calls_end(COMPLETED))
    assert said(effects) == ["Running 0", "Call", "Settle", "Completed 0"]


def test_settling_that_is_disturbed_begins_again_with_the_new_ending():
    """A flow run cancelled while it waits for its children ends cancelled, and so do they."""
    answers = {Call: iter([COMPLETED]), Settle: iter([CANCELLED, None])}
    effects, ending = play(
        Plan(settles=True), lambda effect: next(answers.get(type(effect), iter([None])))
    )
    assert said(effects) == ["Running 0", "Call", "Settle", "Settle", "Cancelled 0"]
    assert [effect.ending for effect in effects if isinstance(effect, Settle)] == [
        COMPLETED,
        CANCELLED,
    ]
    assert ending == CANCELLED


@pytest.mark.parametrize("disturbed", [Consult, Notify, Sleep])
def test_what_disturbs_a_wait_ends_the_run(disturbed):
    """Ctrl-C in a hook, in the retry condition or before a retry: no further attempt is made."""
    plan = Plan(retries=3, conditional=True, delays=(5.0,), hooks=frozenset({StateType.RUNNING}))
    answer = calls_end(FAILED, COMPLETED)
    effects, ending = play(
        plan, lambda effect: CANCELLED if type(effect) is disturbed else answer(effect)
    )
    assert said(effects)[-2:] == [disturbed.__name__, "Cancelled 0"]
    assert ending == CANCELLED


def test_hooks_are_called_after_their_state_is_reported():
    """A hook sees a world that knows the state already."""
    plan = Plan(hooks=frozenset({StateType.RUNNING, StateType.COMPLETED, StateType.FAILED}))
    effects, _ = play(plan, calls_end(COMPLETED))
    assert said(effects) == ["Running 0", "Notify", "Call", "Completed 0", "Notify"]
    assert effects[-1] == Notify(StateType.COMPLETED)


@given(plan=plans, outcomes=st.lists(endings, min_size=5, max_size=5))
def test_every_life_ends_once_and_within_its_retries(plan, outcomes):
    """Exactly one final report, last but for hooks; never more calls than retries allow."""
    effects, ending = play(plan, calls_end(*outcomes))
    reports = [effect.change for effect in effects if isinstance(effect, Report)]
    calls = [effect for effect in effects if isinstance(effect, Call)]
    assert [change.type.terminal for change in reports] == [False] * (len(reports) - 1) + [True]
    assert reports[-1].name == ending.name
    assert 1 <= len(calls) <= plan.retries + 1
    assert [call.attempt for call in calls] == list(range(len(calls)))


@given(plan=plans, outcomes=st.lists(endings, min_size=5, max_size=5), data=st.data())
def test_the_fold_of_what_a_life_reports_is_how_it_ended(plan, outcomes, data):
    """In whatever order the reports arrive, the run comes out as the engine left it."""
    effects, ending = play(plan, calls_end(*outcomes))
    facts = [
        Fact(effect.change, MOMENT, stamp, b"e" * 16, stamp)
        for stamp, effect in enumerate(effects)
        if isinstance(effect, Report)
    ]
    run = RunFold()
    for fact in data.draw(st.permutations(facts)):
        run = fold(run, fact)
    assert run.state is not None
    assert (run.state.type, run.state.name) == (ending.type, ending.name)
    assert run.attempts == sum(isinstance(effect, Call) for effect in effects)


@pytest.mark.parametrize(
    ("error", "type_", "name"),
    [
        (ValueError("no"), StateType.FAILED, "Failed"),
        (TimeoutError("slow"), StateType.FAILED, "TimedOut"),
        (ExceptionGroup("two", [ValueError(), KeyError()]), StateType.FAILED, "Failed"),
        (KeyboardInterrupt(), StateType.CRASHED, "Crashed"),
        (SystemExit(3), StateType.CRASHED, "Crashed"),
        (GeneratorExit(), StateType.CRASHED, "Crashed"),
        (BaseException("odd"), StateType.CRASHED, "Crashed"),
    ],
)
def test_an_exception_is_a_failure_and_what_is_none_is_a_crash(error, type_, name):
    """Only failures may be retried."""
    ending = ending_of_error(error)
    assert (ending.type, ending.name) == (type_, name)
    assert ending.retriable == (type_ is StateType.FAILED)
    assert ending.message


def test_an_exception_without_a_text_is_described_all_the_same():
    """An exception class whose __str__ raises, or whose text is huge, gives a bounded line."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "MuteError: <its text cannot be had: RuntimeError>" in describe(MuteError())
    assert len(describe(ValueError("x" * 100_000))) == 4_000
    assert describe(KeyError()) == "KeyError"


def test_a_generator_hands_out_its_values_before_it_ends():
    """A call that yields has no ending yet; each value is handed out, then the next is drawn."""
    outcomes = iter([None, None, COMPLETED])
    effects, ending = play(
        Plan(), lambda effect: next(outcomes) if isinstance(effect, Call | Draw) else None
    )
    told = [effect for effect in effects if not isinstance(effect, Report)]
    assert told == [Call(0), Hand(), Draw(), Hand(), Draw()]
    assert ending == COMPLETED
