"""Find what is secret in the addresses of a text: passwords, tokens, values of queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from peninsula.core.literals import MORE, STRING, hide_literals
from peninsula.core.texts import MASK

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = [
    "filled",
    "has_login",
    "hide_in_addresses",
    "hide_passwords",
    "hide_queries",
    "hide_tokens",
    "parted",
    "parts_of",
    "password_apart",
]


def hide_in_addresses(text: str) -> str:
    """Mask user, password, query and known tokens of each address and path in a text."""
    return hide_queries(hide_passwords(text))


# --- users and passwords -------------------------------------------------------------------------


def hide_passwords(text: str) -> str:
    """Mask user and password in addresses: `postgresql://********@db/orders`.

    A user alone is a name that may be read, but for HTTP, where it is a token; so is one without
    a scheme: `etl:********@db:5432`.
    """
    if "@" not in text:
        return text
    if "//" in text:
        text = _USER_INFO.sub(_without_user, text)
    return re.sub(_BARE, rf"\1{MASK}", text) if ":" in text else text


# A password that has a slash in it ends soon: else each text would be searched to its end.
_USER_INFO: Final = re.compile(
    r"(https?:)?//(?:([^/?#\s'\"<>]*)@"
    r"|[^/:@\s]*+:(?!\d{1,5}[/?#])([^@\s'\"<>]{1,128}+(?:@[^/?#\s'\"<>]*)?)@)"
)

# Of an address without `//` the end is what tells it from other texts with these signs.
# What few texts need is compiled when one does: each process would pay for it with its imports.
_BARE: Final = (
    r"(?<![^\s'\"<>])([^\s'\"<>/:@]++:)([^\s'\"<>/]+)"
    r"(?=@(?:[\w.-]++|\[[\da-fA-F:.]++\])(?::\d{1,5}\b|/))"
)


def _without_user(found: re.Match[str]) -> str:
    scheme, user, _ = found.groups()
    # Of what has no such group, a sign of an address is in the password.
    if user and ":" not in user and not scheme:
        return found[0]
    return f"{scheme or ''}//{MASK}@"


# --- queries -------------------------------------------------------------------------------------


def hide_queries(text: str) -> str:
    """Mask the queries of addresses and paths, which may hold a token: `/orders?********`.

    Of any other query, what is secret by its name is masked: `orders?api_key=********`; so is it
    among parameters of a connection: `host=db password=********`, `Server=db;Pwd=********`; and a
    literal in code: `Redis(password=********)`. Tokens in paths are masked as `hide_tokens` does,
    dicts and pairs as `hide_literals` does.
    """
    text = hide_literals(hide_tokens(text))
    if "=" not in text and "?" not in text:
        return text
    if "?" in text:
        text = _ADDRESS.sub(_without_query, text)
    text = _PAIR.sub(_without_value, text)
    if "'" in text or '"' in text:
        text = re.sub(_LITERAL, _without_literal, text)
        if "==" in text or "!=" in text:
            text = re.sub(_COMPARED, _without_compared, text)
    return re.sub(_KEYWORD, rf"\1{MASK}", text) if "passw" in text.lower() else text


# Addresses without a query are matched as well: each of their slashes would else be tried anew.
_ADDRESS: Final = re.compile(r"((?:://|(?<!\w)/)[^\s?'\"<>]*+)(\?[^\s'\"<>)\]]+)?")

_VALUE: Final = r"('[^']+'|\"[^\"]+\"|[^\s&;'\"<>]*[^\s&;'\"<>)\]])"

_PAIR: Final = re.compile(rf"([?&;#]([\w.-]++)=){_VALUE}")

# Not what stands in code, after a comma or a parenthesis: there it is a name.
_KEYWORD: Final = rf"(?i)((?:^|(?<=['\"])|(?<=[^,(\s])\s)(?:ssl)?passw(?:or)?d\s?=(?!=)\s?){_VALUE}"

# As far as its line goes, where that was cut. An f-string of names alone tells no secret.
_LITERAL: Final = (
    r"(?<![\w-])(([\w-]++)(?:['\"]\])?\s?[=!:]?=\s?(?:\(\s?)?)"
    rf"(?!(?i:r?[ft]r?)(['\"]{{1,3}}+)(?:\{{[^{{}}\n]*\}})++\3(?!{MORE}))"
    r"[bfrtuBFRTU]{0,2}(?:('''|\"\"\")(?!\4)(?:(?:[^\\]|\\[\s\S])*?\4|[^\n]++)"
    r"|'(?:[^'\\\n]|\\[\s\S])++(?:'|\\?(?=\n|\Z))"
    r"|\"(?:[^\"\\\n]|\\[\s\S])++(?:\"|\\?(?=\n|\Z)))"
    rf"(?:{MORE})*+"
)

_COMPARED: Final = rf"{STRING}(\s?[=!]=\s?(?:\w++[.\[]['\"]?)*([\w-]++))"


def _without_query(found: re.Match[str]) -> str:
    return found[1] if found[2] is None else f"{found[1]}?{MASK}"


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if _is_secret(found[2]) else found[0]


def _without_literal(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if _is_named_so(found[2]) else found[0]


def _without_compared(found: re.Match[str]) -> str:
    return f"{MASK}{found[1]}" if _is_named_so(found[2]) else found[0]


def _is_secret(name: str) -> bool:
    return _is_named_so(name) or name.lower().rpartition("-")[2] in _SHORT


def _is_named_so(name: str) -> bool:
    from peninsula.core.secret_names import is_secret_name  # noqa: PLC0415  weight: for few texts

    return is_secret_name(name)


_SHORT: Final = frozenset({"auth", "pwd", "sig", "signature"})
"""Words that say so in addresses, and not elsewhere."""


# --- tokens in paths -----------------------------------------------------------------------------


def hide_tokens(text: str) -> str:
    """Mask what is a token by its place in a path: `https://api.telegram.org/********/sendMessage`.

    These are the paths of Telegram, Slack, Discord and Teams, and every JSON Web Token. What else
    looks made up at random may be the id of an order, which whoever reads an error has need of.
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    return re.sub(_IN_PATHS, _without_token, text)


def _without_token(found: re.Match[str]) -> str:
    return f"{found[found.lastindex or 0]}{MASK}"


_SIGNS: Final = ("/bot", "/services/T", "/webhooks/", "/IncomingWebhook/", "/eyJ")
"""One is in every such path: few texts have to be searched."""

_IN_PATHS: Final = r"""(?x)
    (/) bot\d{6,}+ (?: : | %3[aA] ) [\w-]{20,}+
    | (/services/T\w++/B\w++/) \w{16,}+
    | (/webhooks/\d{6,}+/) [\w-]{30,}+
    | (/IncomingWebhook/) [\w/-]{32,}+
    | (/) eyJ[\w-]{8,}+ \. [\w-]{8,}+ \. [\w-]*+
"""


# --- passwords apart -----------------------------------------------------------------------------


def parted(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text with a mask in place of each secret of an address, and these in their order.

    A user stays, and so does what a query says beside: this is for whoever may change the rest.
    """
    shown, secrets = _parted(text)
    again = (shown, (MASK,) * len(secrets))
    if secrets and (filled(shown, secrets) != text or _parted(shown) != again):
        return MASK, (text,)  # its masks would not be known again: so it is secret as a whole
    if "@" in shown and MASK not in secrets and re.search(_GOES_ON, shown):
        return MASK, (text,)  # so it is where more of a password may follow
    return shown, secrets


_GOES_ON: Final = rf"{re.escape(MASK)}@[^\s'\"<>]*@"


def _parted(text: str) -> tuple[str, tuple[str, ...]]:
    kept: list[str] = []
    secrets: list[str] = []
    end = 0
    for start, stop in sorted(_places(text)):
        if start >= end:
            kept += [text[end:start], MASK]
            secrets.append(text[start:stop])
            end = stop
    return "".join((*kept, text[end:])), tuple(secrets)


def filled(text: str, secrets: Sequence[str]) -> str | None:
    """Return the text with these in place of its masks, None where there are not so many."""
    pieces = text.split(MASK)
    if len(pieces) != len(secrets) + 1:
        return None
    return "".join(piece for pair in zip(pieces, (*secrets, ""), strict=True) for piece in pair)


def _places(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (place for found in _USER_INFO.finditer(text) if (place := _password(found)))
        yield from (found.span(2) for found in re.finditer(_BARE, text))
    if "=" in text:
        yield from (found.span(3) for found in _PAIR.finditer(text) if _is_secret(found[2]))
        yield from (found.span(2) for found in re.finditer(_KEYWORD, text))


def _password(found: re.Match[str]) -> tuple[int, int] | None:
    scheme, user, _ = found.groups()
    if user is None:
        return found.span(3)
    start, stop = found.span(2)
    name, colon, password = user.partition(":")
    if password:
        return start + len(name) + 1, stop
    return (start, stop) if scheme and name and not colon else None


def password_apart(address: str) -> tuple[str, str | None] | None:
    """Return an address without its password, and that as it is meant: `%40` is an @.

    Signs in it that should be quoted are its own as far as an address leaves that open; None where
    a part of it may be left in the address, as there is another @.
    """
    found = re.match(_LOGIN, address)
    if found is None:
        return (address, None) if re.fullmatch(_NO_PASSWORD, address) else None
    if "@" in address[found.end() :]:
        return None
    from urllib.parse import unquote  # noqa: PLC0415  weight: for what is saved

    password = found[2] if found[3] is None else found[3]
    return f"{found[1]}{address[found.end(0) - 1 :]}", unquote(password)


# Up to the last @ of the host's part; where a slash is in it before any @, to the first one.
_LOGIN: Final = r"([a-zA-Z][\w+.-]*+://[^:/?#@]*+):(?!\d{1,5}[/?#])(?:([^/?#]*)|([^@]*))@"

_NO_PASSWORD: Final = r"(?s)[a-zA-Z][\w+.-]*+:///.*|(?:[a-zA-Z][\w+.-]*+://)?(?:[^:/?#]*@)?[^@]*"  # noqa: S105


# --- addresses without a login -------------------------------------------------------------------


def has_login(address: str, *, user_counts: bool = True) -> bool:
    """Tell whether an address has a user or a password, or what may be a part of one.

    A password that is not quoted may have signs in it that end the host's part, or a port.
    """
    place = address.partition("://")[2]
    authority = re.split(r"[/?#]", place, maxsplit=1)[0]
    login, at, _ = authority.rpartition("@")
    if at:
        return user_counts or ":" in login
    return ":" in authority and "@" in place


def parts_of(address: str) -> SplitResult | None:
    """Return the parts of an address, None where it is none.

    What is wrong with it is not said: urllib's words repeat what may be of its password.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415  weight: for few processes

    try:
        parts = urlsplit(address)
        _ = parts.port  # it is read as a number when it is asked for
    except ValueError:
        return None
    return parts
