"""A lock per job: held by one process, gone with it, and a way to ask whoever holds it to stop."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kobotui.changes.lock import JobLock, LockError

HOLDER = """
import sys
from pathlib import Path
from kobotui.changes.lock import JobLock
lock = JobLock(Path(sys.argv[1]), "job")
print(lock.take(), flush=True)
for _line in sys.stdin:
    print(lock.asked_to_stop, flush=True)
lock.release()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@contextmanager
def elsewhere(journal: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDER, str(journal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        yield process


def left(journal: Path) -> list[str]:
    """The files of locks."""
    return sorted(file.name for file in (journal.parent / "jobs").iterdir())


def test_one_process_holds_it_another_can_ask_it_to_stop(path: Path) -> None:
    lock = JobLock(path, "job")
    assert not lock.held_elsewhere()
    with elsewhere(path) as process:
        assert process.stdin
        assert process.stdout
        assert lock.held_elsewhere()
        assert not lock.take()
        assert not lock.asked_to_stop
        lock.ask_to_stop()
        process.stdin.write("?\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True\n"
        process.stdin.close()
        process.wait()
    assert not lock.held_elsewhere()
    assert lock.take()
    lock.release()
    assert left(path) == []


def test_it_goes_with_a_killed_process_and_its_old_wish_is_forgotten(path: Path) -> None:
    lock = JobLock(path, "job")
    with elsewhere(path) as process:
        lock.ask_to_stop()
        process.kill()
        process.wait()
    assert left(path) == ["job.lock", "job.stop"]
    assert not lock.held_elsewhere()
    lock.ask_to_stop()
    with lock:
        assert lock.take()
        assert not lock.asked_to_stop
        assert stat.S_IMODE((path.parent / "jobs" / "job.lock").stat().st_mode) == 0o600
        assert not lock.held_elsewhere()  # it is here
    assert left(path) == []


def test_locks_of_several_jobs_have_nothing_to_do_with_each_other(path: Path) -> None:
    with JobLock(path, "one") as one, JobLock(path, "other") as other:
        assert one.take()
        assert other.take()
        one.ask_to_stop()
        assert not other.asked_to_stop


def test_a_file_that_is_taken_away_while_it_is_opened_is_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = JobLock(path, "job"), JobLock(path, "job")
    real = fcntl.flock
    file = path.parent / "jobs" / "job.lock"

    def slow(handle: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        file.unlink()  # whoever held it lets go just now
        assert theirs.take()
        real(handle, operation)

    monkeypatch.setattr(fcntl, "flock", slow)
    assert not mine.take()
    theirs.release()
    assert mine.take()
    mine.release()


def test_who_only_looks_is_in_nobodys_way(path: Path) -> None:
    looking, stop = JobLock(path, "job"), threading.Event()

    def look() -> None:
        while not stop.wait(0.005):
            looking.held_elsewhere()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _again in range(200):
            with JobLock(path, "job") as lock:
                assert lock.take()
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_where_locks_do_not_work_there_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    lock = JobLock(path, "job")
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(
        LockError, match=rf"Locks do not work in .*jobs \({os.strerror(number)}\); set KOBOTUI_STATE_DIR"
    ):
        lock.take()
    (path.parent / "jobs" / "job.lock").touch()
    with pytest.raises(LockError):
        lock.held_elsewhere()


def test_where_nothing_can_be_written_there_is_a_sentence(path: Path) -> None:
    lock = JobLock(path, "job")
    (path.parent / "jobs").rmdir()
    with pytest.raises(LockError, match="No such file or directory"):
        lock.take()
    with pytest.raises(LockError, match="No such file or directory"):
        lock.ask_to_stop()
