"""A kernel lock per job: whoever holds it works on the job; it goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kobotui.locale import _
from kobotui.paths import LocalError, private_dir

if TYPE_CHECKING:
    from kobotui.changes.journal import JobEntry


class LockError(LocalError):
    """Locks do not work where the journal is kept."""


TRIES = 5
GLANCE_SECONDS = 0.02
"""How long somebody who only looks whether a job is held may hold it."""


class JobLock:
    """The lock of one job, a file beside the journal; use as a context manager after ``take``.

    Every method may raise ``LockError`` where locks do not work.
    """

    def __init__(self, journal: Path, job: str) -> None:
        """``job``: the job's mark."""
        self.job = job
        self._path = private_dir(journal.parent / "jobs") / f"{job}.lock"
        self._request = self._path.with_suffix(".stop")
        self._file: int | None = None

    def take(self) -> bool:
        """Hold the lock; False when another process does."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(GLANCE_SECONDS)
            with self._working():
                if self._take():
                    self._request.unlink(missing_ok=True)
                    return True
        return False

    def _take(self) -> bool:
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is(file):
                    self._file = file
                    return True
            except BlockingIOError:
                os.close(file)
                return False
            except BaseException:
                os.close(file)
                raise
            os.close(file)  # whoever held it took the file away while we opened it

    def _is(self, file: int) -> bool:
        """Whether the open file is still the one that others find."""
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def held_elsewhere(self) -> bool:
        """Whether another process works on the job."""
        if self._file is not None or not self._path.exists():
            return False
        with self._working():
            if not self._take():
                return True
        self.release()
        return False

    def ask_to_stop(self) -> None:
        """Ask whoever holds the lock to end after the current step."""
        with self._working():
            self._request.touch(mode=0o600)

    @property
    def asked_to_stop(self) -> bool:
        """Whether another process asked us to end."""
        return self._request.exists()

    def release(self) -> None:
        """Let go; the files are of no use any more."""
        if self._file is None:
            return
        with suppress(OSError):  # who finds them without a lock takes them away
            self._request.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None

    @contextmanager
    def _working(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LockError(
                _("Locks do not work in {path} ({why}); set KOBOTUI_STATE_DIR to a local directory.").format(
                    path=self._path.parent, why=error.strerror
                )
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def works_elsewhere(journal: Path, job: JobEntry) -> bool:
    """Whether another kobotui works on the job. Raises ``LockError``."""
    return job.ended is None and JobLock(journal, job.mark).held_elsewhere()
