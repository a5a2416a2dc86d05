"""Ship what processes leave that are killed."""

from __future__ import annotations

import signal
from threading import Event

import typer

from peninsula.cli.options import examples

app = typer.Typer(
    help="Ship what processes leave that are killed.\n\nEach ships its journal itself: this is for "
    "a sidecar beside one.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _journal() -> None:
    """Hold the commands, so that one is named also while there is only one."""


@app.command(epilog=examples("peninsula journal ship"))
def ship() -> None:
    """Ship what processes of this home leave, until none runs.

    It waits for the first one. SIGTERM has it ship what is there, and end.
    """
    from peninsula.client.configuration import home_of, read_settings  # noqa: PLC0415  weight
    from peninsula.client.destination import destination  # noqa: PLC0415  the same
    from peninsula.client.port import Port  # noqa: PLC0415  the same
    from peninsula.journal import sidecar  # noqa: PLC0415  the same

    settings = read_settings()
    told_to_end = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.set())
    port = Port(lambda: destination(settings, home_of(settings)), settings.wait_timeout)
    try:
        sidecar.ship(settings, port, told_to_end)
    finally:
        port.leave()
