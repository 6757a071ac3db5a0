"""The log file: errors with their details, readable by its owner alone, without keys."""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper
    from pathlib import Path

BYTES = 500_000
"""Size at which a new file is begun; one old file is kept."""

_KEY = re.compile(r"\b[0-9a-f]{40}\b", re.IGNORECASE)


class _PrivateFile(RotatingFileHandler):
    """Made with the first line that is written, mode 0600."""

    def _open(self) -> TextIOWrapper:
        os.makedirs(os.path.dirname(self.baseFilename), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - a str
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)

    def format(self, record: logging.LogRecord) -> str:
        """The line, fit for a terminal; what looks like a key is left out: nothing that has one should be logged, and
        this is the lock."""
        return shown(_KEY.sub("(hidden)", super().format(record)), one_line=False)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A full disk must not write over the screen."""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Write what kobotui logs to this file until the end of the context, and nowhere else."""
    logger = logging.getLogger("kobotui")
    handler = _PrivateFile(path, maxBytes=BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    before, logger.handlers, logger.propagate = logger.handlers, [handler], False
    try:
        yield
    finally:
        logger.handlers = before
        handler.close()
