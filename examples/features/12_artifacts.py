"""Show people what a run found: tables, links, progress, text."""

from peninsula import flow
from peninsula.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)


@flow
def report() -> str:
    """Look at them with `peninsula artifact ls`."""
    progress = create_progress_artifact(0.0, key="loading")
    create_table_artifact([{"day": "monday", "rows": 3}], key="rows-per-day")
    update_progress_artifact(progress, 100.0)
    create_markdown_artifact("# Report\n\nAll *well*.", key="report")
    return "three artifacts"


if __name__ == "__main__":
    print(report())
