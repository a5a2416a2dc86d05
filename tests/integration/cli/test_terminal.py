"""How commands look on a terminal: a real one, of the size that is set."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from rich.cells import cell_len

from tests.integration.cli.conftest import LONG, Told

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def on_terminal(
    *arguments: str, width: int = 80, height: int = 24, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run a command on a terminal; return the exit code and all that it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "peninsula", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **(env or {})},
    )
    os.close(theirs)
    written = bytearray()
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # Linux says so when the last one has closed the terminal
            break
        if not part:
            break
        written += part
    os.close(ours)
    return process.wait(30), written.decode().replace("\r\n", "\n")


def home_of(told: Told) -> dict[str, str]:
    """The environment in which that server is found."""
    return {"PENINSULA_HOME": str(told.server.home)}


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize(
    "arguments",
    [
        ("flow-run", "ls"),
        ("flow-run", "inspect", "brisk-harbour"),
        ("flow-run", "watch", "brisk-harbour"),
        ("event", "ls"),
        ("resource", "ls"),
        ("resource", "inspect", "s3://lake/raw/orders.parquet"),
        ("config", "ls"),
    ],
)
def test_nothing_is_wider_than_the_terminal(told: Told, arguments: tuple[str, ...], width: int):
    """Tables and trees are cut or folded to fit, however long the names are."""
    _, written = on_terminal(*arguments, width=width, env=home_of(told))
    lines = ESCAPE.sub("", written).splitlines()
    remarks = ("All of it:", "What it logged:", "What one means:", "There are more")
    shown = [line for line in lines if not line.startswith(remarks)]
    assert max(cell_len(line) for line in shown) <= width


def test_names_are_cut_where_the_rest_is_not(told: Told):
    """At 80 columns the id, the state and the times are whole, and a long name ends in a mark."""
    _, written = on_terminal("flow-run", "ls", env=home_of(told))
    (line,) = (line for line in ESCAPE.sub("", written).splitlines() if "a-run-whose" in line)
    assert re.fullmatch(r"\S{13}  ✓ Completed  weekly +a-run-whose-\S*…  \S+ ago +1\.0s *", line)
    _, written = on_terminal("flow-run", "ls", width=200, env=home_of(told))
    assert LONG in written


def test_ids_are_whole_on_the_narrowest_terminal(told: Told):
    """What one goes on with is never cut, whatever else is."""
    _, wide = on_terminal("flow-run", "ls", env=home_of(told))
    _, narrow = on_terminal("flow-run", "ls", width=20, env=home_of(told))
    ids = re.findall(r"^[0-9a-f]{8}-[0-9a-f]{4}", ESCAPE.sub("", wide), re.MULTILINE)
    assert len(ids) > 3
    assert re.findall(r"^[0-9a-f]{8}-[0-9a-f]{4}", ESCAPE.sub("", narrow), re.MULTILINE) == ids


def test_states_are_coloured_on_a_terminal_only(told: Told):
    """NO_COLOR and a dumb terminal are respected; the words say the same without."""
    env = home_of(told)
    assert COLOUR.search(on_terminal("flow-run", "ls", env=env)[1])
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        written = on_terminal("flow-run", "ls", env={**env, **plain})[1]
        assert not COLOUR.search(written)
        assert "✕ Failed" in written
    assert "\x1b" not in told.cli("flow-run", "ls").out
    assert "\x1b" not in told.cli("flow-run", "logs", "brisk-harbour").out


def test_errors_are_coloured_on_a_terminal(told: Told):
    """What is wrong catches the eye."""
    code, written = on_terminal("flow-run", "inspect", "none", env=home_of(told))
    assert code == 1
    assert re.search(r"\x1b\[1;31mError: ", written)


def test_a_run_is_drawn_as_a_tree_that_is_whole_in_the_end(tmp_path):
    """What the flow logs scrolls by above; the last drawing has every task and the final state."""
    (tmp_path / "flows.py").write_text(
        "from peninsula import flow, task\n"
        "@task\ndef clean(n):\n    print('cleaning', n)\n"
        "@flow(log_prints=True)\ndef nightly():\n    clean.map(range(6)).result()\n"
        "    for n in range(4):\n        single(n)\n"
        "@task(task_run_name='single-{n}')\ndef single(n): ...\n"
    )
    code, written = on_terminal("run", f"{tmp_path}/flows.py", height=10)
    assert code == 0
    lines = ESCAPE.sub("", written).splitlines()
    assert any(line.endswith("cleaning 5") for line in lines)
    top = max(place for place, line in enumerate(lines) if "nightly / " in line)
    tree = [line.split("  ")[0] for line in lines[top : top + 6]]
    assert tree[1:] == [
        "├─ ✓ clean \N{MULTIPLICATION SIGN}6",
        *(f"├─ ✓ single-{n}" for n in range(3)),
        "└─ ✓ single-3",
    ]


def test_delete_asks_on_a_terminal(told: Told):
    """Whoever does not say yes keeps the run."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "peninsula", "flow-run", "delete", "quick-otter"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **home_of(told)},
        text=True,
    )
    os.close(theirs)
    os.write(ours, b"n\n")
    out, err = process.communicate(timeout=30)
    os.close(ours)
    assert (process.returncode, out) == (1, "")
    assert "Delete nightly / quick-otter" in err
    assert "Nothing was deleted" in err
    assert told.cli("flow-run", "inspect", "quick-otter").code == 0
