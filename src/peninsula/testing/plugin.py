"""The fixture and the option that pytest knows where Peninsula is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from peninsula.testing.harness import Harness


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addini(
        "peninsula_autouse",
        "give every test a Peninsula home of its own, as the fixture peninsula_harness does",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have the fixture used where the option says so, and cost nothing elsewhere."""
    if config.getini("peninsula_autouse"):
        config.pluginmanager.register(_Everywhere(), "peninsula-everywhere")


@pytest.fixture
def peninsula_harness() -> Iterator[Harness]:
    """A Peninsula home of this test's own, and what the runs in it have told."""
    # Weight: most tests of most projects run no flow.
    from peninsula.testing.harness import harness  # noqa: PLC0415

    with harness() as made:
        yield made


class _Everywhere:
    @pytest.fixture(autouse=True)
    def _peninsula_everywhere(self, peninsula_harness: Harness) -> None:
        """Have a harness."""
