"""Build the pages into the package when a wheel or an sdist is made from a checkout.

An sdist has them built, so whoever installs from it, or from the wheel, needs no Node.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildPages(BuildHookInterface[Any]):
    """Called by hatchling before it collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the interface says so
        """Build; an editable install leaves that to `make ui`."""
        sources = Path(self.root, "ui")
        if version == "editable" or not sources.is_dir():
            return
        npm = shutil.which("npm")
        if npm is not None:
            for arguments in (["ci"], ["run", "build"]):
                subprocess.run([npm, *arguments], cwd=sources, check=True)
        elif not Path(self.root, "src/peninsula/server/static/index.html").exists():
            msg = "The pages are not built, and there is no npm to build them with: make ui"
            raise FileNotFoundError(msg)
