"""Open the pages in a browser, logged in, without the key in any address that others see."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Final
from urllib.parse import quote

from peninsula.client.destination import Destination
from peninsula.core.home import Home

__all__ = ["write_way_in"]

_WAY_IN: Final = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url={address}">
<title>Peninsula</title>
<a href="{address}">Open Peninsula</a>
"""


def write_way_in(found: Destination, home: Home) -> Path:
    """Write a file that leads a browser to the pages with the key, readable by its owner alone.

    A key in the command that starts the browser would stand in the list of processes. Behind a #
    it is not sent in any request either; the login page takes it from there, and clears it.
    """
    key = f"#key={quote(found.key, safe='')}" if found.key else ""
    page = _WAY_IN.format(address=html.escape(f"{found.url}/login{key}"))
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.way_in.unlink(missing_ok=True)
    file = os.open(home.way_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as written:
        written.write(page)
    return home.way_in
