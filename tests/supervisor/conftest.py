"""A folder for a desk: not one of pytest's, which each session of pytest closes to other users again."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users may pass through, as most can: root's servers step down to nobody there."""
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
