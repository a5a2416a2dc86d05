"""Things that come with an extra of the package."""

from __future__ import annotations

import pytest

from peninsula.core.errors import InvalidError
from peninsula.sdk.extras import require


def test_what_is_missing_is_named_with_the_command_that_installs_it():
    """So that nobody has to look the extra up."""
    with pytest.raises(InvalidError, match=r'needs no_such_module.*pip install peninsula\[dask\]"'):
        require("no_such_module", "DaskTaskRunner", "dask")


def test_what_is_there_is_not_imported():
    """Looking for it costs nothing of its weight."""
    require("json", "DaskTaskRunner", "dask")
