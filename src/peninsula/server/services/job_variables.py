"""Check job variables of deployments and runs by the base job template of their pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core import job_templates
from peninsula.core.base_templates import COMMON
from peninsula.core.errors import InvalidError
from peninsula.server.services.misfits import joined, misfits

__all__ = ["check"]


def check(type_: str, template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse job variables that a pool of that type and template does not take.

    Raises InvalidError naming what.
    """
    job_templates.check_variables(template, given)
    _check_common(type_, template, given)
    # What has no value was looked for among the defaults, too, which this does not know.
    asked = template.get("variables", {})
    declared = {key: value for key, value in asked.items() if key != "required"}
    wrong = misfits(declared, dict(given), "the variables of the base job template")
    if wrong:
        place = wrong[0].place
        about = declared["properties"][place[0]].get("description", "") if place else ""
        raise InvalidError(
            f"The job variables do not fit: {joined(wrong)}. {about}".strip(),
            problems=list(map(str, wrong)),
            place=["job_variables", *place],
        )


def _check_common(type_: str, template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    # Where the template says nothing, its workers know: they refuse it when it is run.
    usual, asked = job_templates.by_default(template), job_templates.by_default(template, given)
    for name in COMMON.get(type_, ()):
        if name in usual and asked.get(name) and asked[name] != usual[name]:
            msg = (
                f"By the job variables {name!r} is {asked[name]!r}, but all runs of the work pool"
                f" have {usual[name]!r}, which its template says. Leave it out, or take another"
                " pool."
            )
            place = [name] if name in given else []
            raise InvalidError(msg, place=["job_variables", *place])
