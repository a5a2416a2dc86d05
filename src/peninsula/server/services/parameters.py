"""Check parameters of deployments by the JSON schema that their flow's signature gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core.data_places import Place
from peninsula.core.errors import InvalidError
from peninsula.server.services.misfits import Misfit, joined, misfits

__all__ = ["check", "check_schema"]


def check(
    declared: dict[str, Any],
    parameters: Mapping[str, Any],
    *,
    whole: bool,
    place: Place = ("parameters",),
) -> None:
    """Refuse parameters that a schema does not take. Raises InvalidError naming each of them.

    `whole`: what is required must be there. Unless the schema allows more, what it does not name
    is refused as well: the flow would be called with an argument that it does not have.
    `place` is where they stand in what is asked; the error's details lead on to the first at fault.
    """
    if not declared:
        return
    if not whole:
        declared = {key: value for key, value in declared.items() if key != "required"}
    properties = declared.get("properties", {})
    known = ", ".join(properties) or "it has none"
    unknown = [
        Misfit((name,), f"is none of its parameters ({known})")
        for name in parameters
        if declared.get("additionalProperties", False) is False and name not in properties
    ]
    # Where the schema forbids more, it says so of the same ones again.
    said = {each.place for each in unknown}
    wrong = misfits(declared, dict(parameters), "the parameters")
    wrong = unknown + [each for each in wrong if each.place not in said]
    if wrong:
        raise InvalidError(
            f"The parameters do not fit: {joined(wrong)}.",
            problems=list(map(str, wrong)),
            place=[*place, *wrong[0].place],
        )


def check_schema(declared: dict[str, Any]) -> None:
    """Refuse what is no JSON schema. Raises InvalidError."""
    if declared:
        misfits(declared, {}, "the parameters")
