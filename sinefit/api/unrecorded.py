"""The folder of what is not to be recorded: gone with the last object that needs it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A folder that is removed when this object is, or when the process ends.

    Unlike `tempfile.TemporaryDirectory` it needs no block to end, and warns of none.

    Attributes:
        path: of the folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="sinefit-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
