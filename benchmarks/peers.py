"""Install the peers, each in an environment of its own, and say how to run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks.programs import environment

__all__ = ["DBOS", "PREFECT", "Peer", "install"]

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".bench"
PINS: Final = Path(__file__).parent / "peers"

PREFECT: Final = "Prefect"
DBOS: Final = "DBOS"
DASK: Final = "Dask alone"
"""No orchestrator: it maps functions and keeps no record. It is in our own environment."""

_SETTINGS: Final = {
    PREFECT: {
        # Nothing here may leave the machine, and a slow first start is no failure.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    },
    DBOS: {},
}


class Peer(Struct, frozen=True):
    """Another orchestrator, ready to run."""

    name: str
    version: str
    bin: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.bin / "python"

    def environment(self, home: Path, **more: str) -> dict[str, str]:
        """Return the environment of its programs, at home in that folder."""
        return environment(home, _SETTINGS[self.name] | more)


def install() -> Iterator[tuple[str, Peer | str]]:
    """Yield each peer by name, installed, or why it is missing."""
    for name in (PREFECT, DBOS):
        pins = PINS / f"{name.lower()}.txt"
        folder = FOLDER / name.lower()
        try:
            _make(folder, pins)
        except (OSError, subprocess.CalledProcessError) as problem:
            yield name, f"not installed: {_reason(problem)}"
        else:
            yield name, Peer(name, _version(pins), folder / "bin")


def _make(folder: Path, pins: Path) -> None:
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == pins.read_text():
        return
    print(f"Installing {pins.stem} into {os.path.relpath(folder)}", file=sys.stderr)
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    # The same interpreter as ours; and compiled at once, so that nobody pays for it while measured.
    _call([uv, "venv", "--clear", "--python", sys.executable, folder])
    _call([uv, "pip", "install", "--compile-bytecode", "--python", folder, "-r", pins])
    stamp.write_text(pins.read_text())


def _call(command: list[str | Path]) -> None:
    # As in the Makefile: trust the authorities that the machine trusts.
    trusted = Path("/etc/ssl/certs/ca-certificates.crt").exists()
    trust = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"} if trusted else {}
    env = {**os.environ, **trust}
    subprocess.run(command, env=env, check=True, capture_output=True, text=True)


def _version(pins: Path) -> str:
    found = re.search(rf"^{pins.stem}==(\S+)", pins.read_text(), re.MULTILINE)
    assert found is not None, f"{pins} does not pin {pins.stem}"  # noqa: S101  ours to keep
    return found[1]


def _reason(problem: OSError | subprocess.CalledProcessError) -> str:
    text = problem.stderr if isinstance(problem, subprocess.CalledProcessError) else str(problem)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else str(problem)
