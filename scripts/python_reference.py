"""Write docs/reference/python: a page for each place that users import from.

The pages name what is public; mkdocstrings puts signatures and docstrings there when the
documentation is built. A test compares them with what this writes: run it when a name is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

FOLDER = Path(__file__).parents[1] / "docs/reference/python"
MARK: Final = "<!-- Written by scripts/python_reference.py. -->\n"

PLACES: Final = {
    "peninsula": ["peninsula"],
    "flows": ["peninsula.flows", "peninsula.input"],
    "tasks": ["peninsula.tasks"],
    "futures": ["peninsula.futures"],
    "states": ["peninsula.states"],
    "runtime": ["peninsula.runtime"],
    "logging": ["peninsula.logging"],
    "task_runners": [
        "peninsula.task_runners",
        "peninsula.task_runners.dask",
        "peninsula.task_runners.ray",
    ],
    "task_worker": ["peninsula.task_worker"],
    "deployments": ["peninsula.deployments"],
    "schedules": ["peninsula.schedules"],
    "cache_policies": ["peninsula.cache_policies"],
    "results": ["peninsula.results"],
    "serializers": ["peninsula.serializers"],
    "locking": ["peninsula.locking.filesystem", "peninsula.locking.memory"],
    "transactions": ["peninsula.transactions"],
    "concurrency": ["peninsula.concurrency.sync", "peninsula.concurrency.asyncio"],
    "blocks": ["peninsula.blocks"],
    "artifacts": ["peninsula.artifacts"],
    "variables": ["peninsula.variables"],
    "events": ["peninsula.events"],
    "utilities": ["peninsula.utilities.annotations"],
    "testing": ["peninsula.testing"],
}
"""The modules on each page, in the order of the navigation."""


def main() -> None:
    """Write the pages anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return each page by the name of its file."""
    return {"index.md": "\n".join(index_page())} | {
        f"{page}.md": "\n".join(page_of(page, modules)) for page, modules in PLACES.items()
    }


def index_page() -> Iterator[str]:
    """Give the lines of the page that leads to the others."""
    yield f"# Python\n\n{MARK}"
    yield (
        "What programs import, by place. Places, names and parameters are those of Prefect 3 where "
        "it has the thing. Nothing else is public: `peninsula.sdk` and the other packages change "
        "without notice.\n"
    )
    yield "| place | what is there |\n| --- | --- |"
    for page, modules in PLACES.items():
        for name in modules:
            module = import_module(name)
            yield f"| [`{name}`]({page}.md) | {lead(module)} |"
    yield ""


def page_of(page: str, modules: list[str]) -> Iterator[str]:
    """Give the lines of a page: its modules, and below each the names that are public."""
    alone = len(modules) == 1
    yield f"# {modules[0] if alone else f'peninsula.{page}'}\n\n{MARK}"
    for module in modules:
        if not alone:
            yield f"## {module}\n"
        yield f"{lead(import_module(module))}\n"
        yield from entries(module, level=2 if alone else 3)


def entries(module: str, level: int) -> Iterator[str]:
    """Give the names of a module; those of the package that have another place link there."""
    # What gives the place its name comes first: `task`, `flow`, `transaction`.
    names = sorted(import_module(module).__all__, key=lambda name: f".{name}s" not in module)
    others = {name: other_page(name) for name in names} if module == "peninsula" else {}
    listed = [f"- `{name}`: {link}" for name, link in others.items() if link]
    if listed:
        yield "\n".join(listed) + "\n"
    if module == "peninsula.blocks":
        yield "What blocks come with it: [blocks](../blocks/index.md).\n"
        names = [name for name in names if not is_of_library(name)]
    for name in names:
        if not others.get(name):
            yield f"::: {module}.{name}\n    options:\n      heading_level: {level}\n"


def other_page(name: str) -> str | None:
    """Return a link to the place that a name of the package comes from, None if it has no other."""
    for page, modules in PLACES.items():
        for place in modules:
            names = import_module(place).__all__
            if place == f"peninsula.{name}" or (place != "peninsula" and name in names):
                return f"[`{place}`]({page}.md)"
    return None


def is_of_library(name: str) -> bool:
    """Tell whether a name of `peninsula.blocks` has a page of its own, by block_reference.py."""
    blocks = import_module("peninsula.blocks")
    found = getattr(blocks, name)
    return isinstance(found, type) and found is not blocks.Block and issubclass(found, blocks.Block)


def lead(module: ModuleType) -> str:
    """Return the first paragraph of a module's docstring, in one line."""
    return " ".join((module.__doc__ or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    main()
