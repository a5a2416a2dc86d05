"""Run `python -m peninsula` as the command line."""

from __future__ import annotations

import sys

from peninsula.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
