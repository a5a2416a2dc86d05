"""Blocks against servers of their own; flows run in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.sdk.conftest import told
from tests.support.s3 import Store, start_store

__all__ = ["s3", "told"]


@pytest.fixture(scope="session")
def s3() -> Iterator[Store]:
    """A server that speaks S3, for all tests of this process."""
    with start_store() as store:
        yield store
