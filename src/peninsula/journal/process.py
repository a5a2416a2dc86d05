"""Say which process this is."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path
from uuid import UUID

from peninsula.core.records import Process
from peninsula.core.version import VERSION

__all__ = ["boot", "this_process"]


def this_process(emitter: UUID, started: int) -> Process:
    """Return what the header of its journal says; `started` is in µs since 1970.

    The command is the program's name alone: arguments may hold secrets.
    """
    return Process(
        emitter=emitter,
        host=os.uname().nodename,
        user=_user(),
        pid=os.getpid(),
        boot=boot(),
        started=started,
        version=VERSION,
        command=_program(),
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        # A container may run as a user that it does not know by name.
        return str(os.geteuid())


def boot() -> str:
    """Return the id of the machine's boot, empty where the system has none."""
    try:
        # Bytes: the codec of a text file is imported, and a fork in the middle of an import leaves
        # the child with a module that is never there.
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().decode("ascii").strip()
    except OSError:
        return ""


def _program() -> str:
    name = sys.argv[0] if getattr(sys, "argv", None) else ""
    return name.encode("utf-8", "backslashreplace").decode()
