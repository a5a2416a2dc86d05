"""Write the OpenAPI document of this server's API, from which the pages' client is made."""

from __future__ import annotations

import sys
from pathlib import Path

from peninsula.core import codec
from peninsula.server.api.calls import CALL
from peninsula.server.api.openapi import document
from peninsula.server.app import ROUTES


def main() -> None:
    """Write it to the file that is named."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(codec.encode(document(route.opt[CALL] for route in ROUTES)))


if __name__ == "__main__":
    main()
