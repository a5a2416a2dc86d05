"""The core decides and never does: it imports msgspec, itself, and what touches nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from peninsula.core import errors

CORE = Path(errors.__file__).parent
MODULES = sorted(CORE.rglob("*.py"))

ALLOWED = {
    "__future__", "array", "base64", "binascii", "bisect", "collections", "cronsim", "dataclasses",
    "datetime", "dateutil", "enum", "fnmatch", "functools",
    "hashlib", "heapq", "itertools", "math", "msgspec", "pathlib", "peninsula", "re", "string",
    "struct", "types", "typing", "unicodedata", "urllib", "uuid", "zlib", "zoneinfo",
}  # fmt: skip
"""They compute. Of urllib only `parse`, and `pathlib` only joins names, as is tested below."""


def imported(module: Path) -> Iterator[str]:
    """The modules that a file names in any import, wherever it stands."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            yield node.module


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_of_the_core_imports_nothing_that_does(module: Path):
    """No asyncio, socket, thread, clock or file: time and chance come in as arguments."""
    for name in imported(module):
        assert name.partition(".")[0] in ALLOWED, name
        assert not name.startswith("peninsula") or name.startswith("peninsula.core"), name
        assert not name.startswith("urllib") or name == "urllib.parse", name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_of_the_core_asks_neither_clock_nor_chance_nor_files(module: Path):
    """What is pure by its name can still look at the world."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {
                "exists", "now", "open", "read_bytes", "read_text", "today", "urandom", "utcnow",
                "uuid1", "uuid4", "write_bytes", "write_text",
            }, node.attr  # fmt: skip
        if isinstance(node, ast.Name):
            assert node.id not in {"input", "open", "print", "uuid1", "uuid4"}, node.id


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_all_is_sorted_and_complete(module: Path):
    """What has a public name at the top of a file is in `__all__`, or is a constant."""
    tree = ast.parse(module.read_text())
    said = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }
    if not said:
        assert not defined, "it has no __all__"
        return
    (names,) = said
    assert names == sorted(
        names, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    private = {"Answer"}  # what answers share; nobody names it
    assert defined - private <= set(names)
