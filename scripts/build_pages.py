"""Build the pages into the package when a wheel or an sdist is made from a checkout.

An sdist has them built, so whoever installs from it, or from the wheel, needs no Node.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = "src/peninsula/server/static/index.html"


class BuildPages(BuildHookInterface[Any]):
    """Called by hatchling before it collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the interface says so
        """Build as `make ui` does: by the same Node, and only where something is newer.

        An editable install leaves that to it.
        """
        root = Path(self.root)
        if version == "editable" or not (root / "ui").is_dir() or _is_built(root):
            return
        npm = [root / "scripts/npm.sh", root / ".venv"]
        if subprocess.run([*npm, "--version"], capture_output=True, check=False).returncode:
            msg = (
                "The pages are not built, or are older than what they are made of, and there is no"
                " Node 20.19 or newer to build them with. Build them first: make ui"
            )
            raise FileNotFoundError(msg)
        for arguments in (["ci"], ["run", "build"]):
            subprocess.run([*npm, *arguments], check=True)


def _is_built(root: Path) -> bool:
    """Tell whether the pages are newer than all that they are made of."""
    pages = root / PAGES
    built = pages.stat().st_mtime if pages.exists() else 0.0
    return all(each.stat().st_mtime < built for each in _sources(root / "ui"))


def _sources(ui: Path) -> Iterator[Path]:
    """Yield what the Makefile has the pages depend on."""
    yield from ui.glob("*.*")
    for folder in ("src", "build"):
        yield from (each for each in (ui / folder).rglob("*") if each.is_file())
