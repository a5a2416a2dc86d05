"""Start a server, run the example, say where to look, and serve until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(os.environ.setdefault("PENINSULA_HOME", str(Path.home() / ".peninsula")))
PENINSULA = Path(sys.executable).with_name("peninsula")
FLIGHTS = Path(__file__).parents[1] / "examples/flights/flights.py"

LOOK = """
The pages are at {url}. Look at what ran, in another terminal:

    {peninsula} server open
    {peninsula} flow-run ls
    {peninsula} event ls
    {peninsula} resource ls

Ctrl-C ends the server; the history stays in {home}.
"""


def main() -> int:
    """Return the exit code: the server's, or 1 if the example failed."""
    # Ctrl-C reaches everything in this terminal: the server ends by itself and we only follow it.
    signal.signal(signal.SIGINT, lambda *_: None)
    server = subprocess.Popen([PENINSULA, "server", "start"])
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    url = await_address(server)
    if url is None:
        return server.returncode
    example = subprocess.run([sys.executable, FLIGHTS], check=False)
    if server.poll() is None:
        print(LOOK.format(url=url, peninsula=os.path.relpath(PENINSULA), home=HOME), flush=True)
    return server.wait() or min(example.returncode, 1)


def await_address(server: subprocess.Popen[bytes]) -> str | None:
    """Return the address that this server wrote down once it listened, None if it ended."""
    while server.poll() is None:
        try:
            said = json.loads((HOME / "server.json").read_bytes())
            if said["pid"] == server.pid:
                return said["url"]
        except (FileNotFoundError, ValueError):
            pass
        time.sleep(0.02)
    return None


if __name__ == "__main__":
    sys.exit(main())
