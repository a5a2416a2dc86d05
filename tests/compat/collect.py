"""Run the programs on one library, and print what each came to: `collect.py prefect FOLDER`.

It needs nothing but the library, as Prefect has an environment of its own.
"""

import contextlib
import importlib.util
import io
import json
import re
import sys
import tempfile
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"


def main() -> None:
    """Write JSON: name of the program to its value, or to its error."""
    library, chosen = sys.argv[1], sys.argv[2:]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(PROGRAMS.glob("*.py")):
            if not chosen or path.stem in chosen:
                copy = Path(folder) / path.name
                copy.write_text(re.sub(r"\bfrom peninsula\b", f"from {library}", path.read_text()))
                found[path.stem] = outcome(copy)
    sys.stdout.write(json.dumps(found, indent=1, default=repr) + "\n")


def outcome(path: Path) -> dict:
    """Return what a program's `main` returned, or the exception that left it."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            return {"value": module.main()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
