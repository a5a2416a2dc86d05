"""Keep what runs return, where and how you say."""

import tempfile
from pathlib import Path

from peninsula import flow, task

FOLDER = Path(tempfile.mkdtemp())


@task(result_storage_key="{parameters[day]}.json", result_serializer="json")
def report(day: str) -> dict[str, int]:
    """Be found under its day."""
    return {"rows": len(day)}


@flow(persist_result=True, result_storage=FOLDER)
def week() -> list[str]:
    """See what was kept: `peninsula result inspect` shows one."""
    for day in ("monday", "tuesday"):
        report(day)
    return sorted(path.name for path in FOLDER.glob("*.json"))


if __name__ == "__main__":
    print(week())
