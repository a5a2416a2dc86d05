"""Find what is secret in dicts and pairs as code and messages show them."""

from __future__ import annotations

import re
from typing import Final

from peninsula.core.texts import MASK

__all__ = ["MORE", "STRING", "hide_literals"]


def hide_literals(text: str) -> str:
    """Mask texts by their keys, `{"X-Api-Key": "********"}`, and those of `auth=("etl", …)`.

    What is masked stays a text, so that JSON stays JSON.
    """
    if "'" not in text and '"' not in text:
        return text
    if ":" in text:
        text = re.sub(_ITEM, _without_value, text)
    return re.sub(_PAIR, rf"\1'{MASK}'", text) if "auth" in text else text


# As far as its line goes, where that was cut.
STRING: Final = (
    r"[bfrtuBFRTU]{0,2}(?:'(?:[^'\\\n]|\\[\s\S])++(?:'|\\?(?=\n|\Z))"
    r"|\"(?:[^\"\\\n]|\\[\s\S])++(?:\"|\\?(?=\n|\Z)))"
)

MORE: Final = rf"[ \t]*+(?:{STRING}|''|\"\")"
"""Texts that follow one another are one."""

_ITEM: Final = rf"((['\"])([\w.-]++)\2\s?:\s?)(?=['\"](Basic |Bearer ))?{STRING}(?:{MORE})*+"

_PAIR: Final = (
    r"((?<![\w-])(?:(?:basic|http|proxy)_)?auth\s?=\s?"
    rf"\(\s?(?:{STRING}|[\w.]++)\s?,\s?){STRING}(?:{MORE})*+"
)


def _without_value(found: re.Match[str]) -> str:
    from peninsula.core.secret_names import is_secret_name  # noqa: PLC0415  weight: for few texts

    before, quote, name, way = found.groups(default="")
    return f"{before}{quote}{way}{MASK}{quote}" if is_secret_name(name) else found[0]
