"""The blocks that come with Peninsula: found by their types, imported when they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from scripts.block_reference import library

HEAVY = "adlfs apprise boto3 fsspec gcsfs httpx kubernetes redis sqlalchemy"


def python(code: str) -> str:
    """Return what a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_each_block_is_found_by_its_type():
    """After a new one: name it in pyproject.toml, and `make env`."""
    found = {place.name: place.load() for place in entry_points(group="peninsula.blocks")}
    assert found == {one.get_block_type_slug(): one for one in library()}


def test_a_block_is_loaded_whose_class_nobody_has_imported(home):
    """By its type and name; a class that is asked for gives only its own."""
    python("from peninsula.blocks import Secret; Secret(value='canary').save('kept')")
    assert python("from peninsula.blocks import Block; print(Block.load('secret/kept').get())") == (
        "canary"
    )
    code = (
        "from peninsula.blocks import S3Bucket\n"
        "from peninsula.core.errors import PeninsulaError\n"
        "try: S3Bucket.load('secret/kept')\n"
        "except PeninsulaError as error: print(type(error).__name__)"
    )
    assert python(code) == "NotFoundError"


def test_a_block_imports_no_client_before_it_is_used():
    """Neither do all of them together."""
    code = (
        "import sys, peninsula.blocks as blocks\n"
        "assert 'peninsula.blocks.s3' not in sys.modules\n"
        "[getattr(blocks, name) for name in blocks.__all__]\n"
        f"print([name for name in {HEAVY.split()} if name in sys.modules])"
    )
    assert python(code) == "[]"
