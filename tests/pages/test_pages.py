"""The pages: their own tests, in a made-up document and in a real browser before a real server."""

from __future__ import annotations

import pytest

from tests.support.npm import CHROMIUM, UI, run_vitest

pytestmark = pytest.mark.timeout(600)


def test_parts_of_the_pages():
    """Formats, addresses, keys, the live stream, components."""
    run_vitest()


@pytest.mark.parametrize("name", sorted(path.name for path in (UI / "e2e").glob("*.e2e.ts")))
def test_pages_in_a_browser(name):
    """What a person sees and does."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    run_vitest("--config", "vitest.e2e.config.ts", name)
