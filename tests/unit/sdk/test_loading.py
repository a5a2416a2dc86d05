"""How a flow is found by the name of its file or module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.sdk.deployments.deployment import local_source
from peninsula.sdk.loading import CodeError, load_flow

ONE = """
from peninsula.sdk.flows import flow
import beside

@flow(name="the-nightly")
def nightly(day="today"):
    return beside.VALUE
"""

TWO = """
from peninsula.sdk.flows import flow
from one import nightly

@flow
def first(): ...

@flow
def second(): ...
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two modules of flows; imports leave no trace in other tests."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "one.py").write_text(ONE)
    (folder / "two.py").write_text(TWO)
    (folder / "beside.py").write_text("VALUE = 42\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_file_imports_what_lies_beside_it(code: Path):
    """As with `python one.py`, its folder is on the path."""
    assert load_flow(f"{code}/one.py:nightly").fn() == 42


@pytest.mark.parametrize("name", ["", ":nightly", ":the-nightly"])
def test_a_flow_is_named_by_its_function_by_its_name_or_not_at_all(code: Path, name: str):
    """The only flow needs no name."""
    assert load_flow(f"{code}/one.py{name}").name == "the-nightly"


def test_a_module_is_found_from_the_current_folder(code: Path, monkeypatch: pytest.MonkeyPatch):
    """`module:flow` needs no file."""
    monkeypatch.chdir(code)
    assert load_flow("one:nightly").name == "the-nightly"


def test_several_flows_need_a_name(code: Path):
    """The error lists those of the file, and not what it imported."""
    with pytest.raises(InvalidError, match=r"two\.py:first, .*two\.py:second\.$"):
        load_flow(f"{code}/two.py")


def test_an_imported_flow_can_be_named(code: Path):
    """Whoever asks for it by name gets it."""
    assert load_flow(f"{code}/two.py:nightly").name == "the-nightly"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{}/none.py", "There is no file"),
        ("{}/one.py:other", "has no flow 'other'. Name one: .*one.py:nightly"),
        ("{}/beside.py", "has no flow. Put @flow"),
        ("no_such_module:flow", "There is no module 'no_such_module'.*no_such_module.py"),
        ("no.such:flow", "There is no module"),
        ("..:x", "is no module"),
        ("", "is no module"),
    ],
)
def test_what_cannot_be_found_is_named_with_the_fix(code: Path, target: str, said: str):
    """The error says what was looked for and what there is."""
    with pytest.raises((NotFoundError, InvalidError), match=said):
        load_flow(target.format(code))


def test_an_error_of_the_code_is_its_own(code: Path):
    """It is kept as the cause, so that its traceback can be shown."""
    (code / "bad.py").write_text("import one\n1 / 0\n")
    with pytest.raises(CodeError) as caught:
        load_flow(f"{code}/bad.py")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_missing_import_of_the_code_is_not_taken_for_a_missing_module(code: Path, monkeypatch):
    """The module is there; what it imports is not."""
    (code / "lacking.py").write_text("import no_such_thing\n")
    monkeypatch.chdir(code)
    with pytest.raises(CodeError):
        load_flow("lacking:flow")


def test_a_file_named_like_the_standard_library_does_not_replace_it(code: Path):
    """A flow in json.py must not break whoever imports json."""
    import json  # noqa: PLC0415  the test is about this import

    (code / "json.py").write_text(ONE)
    assert load_flow(f"{code}/json.py:nightly").fn() == 42
    assert sys.modules["json"] is json


@pytest.fixture
def package(code: Path) -> Path:
    """A module of a package that imports by a dot."""
    folder = code / "pkg"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "beside.py").write_text("VALUE = 42\n")
    module = folder / "mod.py"
    module.write_text(ONE.replace("import beside", "from . import beside"))
    return module


def test_a_file_of_a_package_is_to_be_named_as_its_module(package: Path, code: Path):
    """Also where a link leads to it; the error has the name, and the folder where it is known."""
    link = code / "link.py"
    link.symlink_to(package)
    for file in (package, link):
        with pytest.raises(InvalidError, match=f"folder {code}: pkg.mod:FLOW"):
            load_flow(f"{file}:nightly")


def test_a_flow_of_a_package_is_deployed_as_its_module(package: Path, code: Path, monkeypatch):
    """So a run of it can import by a dot, too."""
    monkeypatch.chdir(code)
    source = local_source(load_flow("pkg.mod:nightly"))
    assert (source.entrypoint, source.path) == ("pkg.mod:nightly", str(code))
    assert load_flow(source.entrypoint).fn() == 42


def test_a_flow_of_a_module_that_python_runs_is_deployed_as_that(package: Path, code: Path):
    """`python -m pkg.mod` has another name for it."""
    with package.open("a") as file:
        file.write(
            "from peninsula.sdk.deployments.deployment import local_source\n"
            "if __name__ == '__main__':\n    print(local_source(nightly).entrypoint)\n"
        )
    run = [sys.executable, "-m", "pkg.mod"]
    said = subprocess.run(run, cwd=code, capture_output=True, text=True, check=True)
    assert said.stdout == "pkg.mod:nightly\n"
