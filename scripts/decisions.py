"""Write docs/decisions/index.md, the list of all records; git ignores it, `make docs` needs it."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/decisions"
TEMPLATE = "0000-template.md"


def write_index(folder: Path = FOLDER) -> None:
    """Write the list of the records in a folder, by their own titles."""
    lines = ["# Decisions", "", "Why it is so, where a choice was open.", ""]
    for path in sorted(folder.glob("0*.md")):
        if path.name != TEMPLATE:
            title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
            lines.append(f"- [{title}]({path.name})")
    (folder / "index.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    write_index()
