"""The event catalogue: complete for run states, and in a form the docs can show."""

from peninsula.core import catalogue
from peninsula.core.runs import RunKind
from peninsula.core.states import NAMES, StateType, event_part


def test_every_state_name_of_the_product_has_its_event_for_both_kinds_of_run():
    """Whatever known state a run enters, its event is in the catalogue."""
    for kind in RunKind:
        for name, type_ in NAMES.items():
            assert f"peninsula.{kind.value}.{event_part(type_, name)}" in catalogue.names()


def test_a_state_name_given_by_a_user_falls_back_to_the_event_of_its_type():
    """A flow may return `Failed(name="Rejected")`; its event is that of the type."""
    for type_ in StateType:
        assert f"peninsula.flow-run.{event_part(type_, 'Rejected')}" in catalogue.names()


def test_no_name_is_listed_twice():
    """One name has one meaning."""
    assert len(catalogue.names()) == len(catalogue.CATALOGUE)


def test_every_name_is_ours_and_says_what_happened():
    """Names start with `peninsula.`, and each row says when, about what, and with which payload."""
    for entry in catalogue.CATALOGUE:
        assert entry.name.startswith("peninsula.")
        assert entry.name == entry.name.lower()
        assert entry.when.endswith(".")
        assert entry.about
        assert entry.payload
