"""Where kobotui keeps its files, and how private ones are read and written.

``KOBOTUI_CONFIG_DIR``, ``KOBOTUI_STATE_DIR`` and ``KOBOTUI_CACHE_DIR`` override the platform's places.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator


class LocalError(Exception):
    """Something on this machine the user can put right: a file, a setting, the store of keys.

    ``sentence`` says what is wrong and, where that is known, what to do.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def config_dir() -> Path:
    """Accounts, settings and, where there is no keyring, API keys."""
    return _place("KOBOTUI_CONFIG_DIR", "user_config_path")


def state_dir() -> Path:
    """The journal, and what was used last."""
    return _place("KOBOTUI_STATE_DIR", "user_state_path")


def cache_dir() -> Path:
    """What can be fetched again."""
    return _place("KOBOTUI_CACHE_DIR", "user_cache_path")


def accounts_file() -> Path:
    """The saved accounts, without their secrets."""
    return config_dir() / "accounts.toml"


def tokens_file() -> Path:
    """API keys of accounts that use neither a keyring nor a command."""
    return config_dir() / "tokens.toml"


def journal_file(state: Path | None = None) -> Path:
    """The journal, in the directory ``state`` where that is another one."""
    return (state or state_dir()) / "journal.sqlite"


def settings_file() -> Path:
    """The user's preferences."""
    return config_dir() / "settings.toml"


def _place(variable: str, function: str) -> Path:
    if chosen := os.environ.get(variable):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    place: Path = getattr(platformdirs, function)("kobotui", appauthor=False)
    return place


MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "lustre", "fuse.sshfs"})


def network_file_system(path: Path) -> bool:
    """Whether ``path`` is known to be on another machine: processes there share no memory with those here."""
    place = path.resolve()
    best, kind = 0, ""
    try:
        mounts = MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    for fields in map(str.split, mounts):
        mounted = Path(fields[1].replace("\\040", " ")) if len(fields) > 2 else None
        if mounted and mounted in (place, *place.parents) and len(mounted.parts) >= best:
            best, kind = len(mounted.parts), fields[2]
    return kind in _NETWORK


def private_dir(path: Path) -> Path:
    """``path``, made with mode 0700 if it was not there; :class:`LocalError` when that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(_("Cannot make the directory {path}: {why}.").format(path=path, why=error.strerror)) from error
    return path


def write_private(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` with mode 0600, wholly or not at all; :class:`LocalError` when that fails."""
    import tempfile

    target = path.resolve()  # a link into a directory of dotfiles stays a link
    private_dir(target.parent)
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # created with 0600
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        put_in_place(temporary, target)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        raise LocalError(_("Cannot write {path}: {why}.").format(path=path, why=error.strerror)) from error


def refuse_device(path: Path) -> None:
    """Raises :class:`LocalError` for what is there and is neither a file nor a directory: it would be replaced."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise LocalError(_("{path} is no file; it was left as it is.").format(path=path))


def put_in_place(temporary: Path, target: Path) -> None:
    """Give a file that was written and flushed under another name its own, so that a power cut leaves old or new."""
    temporary.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What cannot be written below is a :class:`LocalError` that names ``path``."""
    try:
        yield
    except OSError as error:
        raise LocalError(_("Cannot write {path}: {why}.").format(path=path, why=error.strerror or error)) from error


def read_file(path: Path) -> bytes | None:
    """The content of ``path``, None when there is no such file; :class:`LocalError` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(_("Cannot read {path}: {why}.").format(path=path, why=error.strerror)) from error


def read_private(path: Path) -> bytes | None:
    """Like :func:`read_file` for a file with secrets; :class:`LocalError` when others could read or have written it."""
    try:
        with path.open("rb") as file:
            check_private(path, os.fstat(file.fileno()))
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(_("Cannot read {path}: {why}.").format(path=path, why=error.strerror)) from error


def check_private(path: Path, status: os.stat_result) -> None:
    """Raise :class:`LocalError` unless the file is ours and closed to everybody else."""
    _check_owner(path, status)
    if status.st_mode & 0o077:
        raise LocalError(
            _("{path} can be read by other users (mode {mode}). Close it with: chmod 600 {path}").format(
                path=path, mode=f"{stat.S_IMODE(status.st_mode):04o}"
            )
        )


def check_trusted(path: Path) -> None:
    """Raise :class:`LocalError` when somebody else could have put commands into ``path``; absent files are fine."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise LocalError(_("Cannot read {path}: {why}.").format(path=path, why=error.strerror)) from error
    _check_owner(path, status)
    if status.st_mode & 0o022:
        raise LocalError(
            _("{path} can be changed by other users (mode {mode}). Close it with: chmod go-w {path}").format(
                path=path, mode=f"{stat.S_IMODE(status.st_mode):04o}"
            )
        )


def _check_owner(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise LocalError(_("{path} belongs to another user of this machine; it is not used.").format(path=path))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the right to change ``path``, so that two kobotui at once do not undo each other's change."""
    import fcntl

    private_dir(path.parent)
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LocalError(_("Cannot write {path}: {why}.").format(path=lock, why=error.strerror)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def typed_path(typed: str) -> Path:
    """The path that was typed, with ``~`` resolved."""
    path = Path(typed.strip())
    try:
        return path.expanduser()
    except RuntimeError:  # ~nobody
        return path


def read_limited(path: Path, limit: int) -> bytes:
    """The content of a file of at most ``limit`` bytes; :class:`LocalError` otherwise."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise LocalError(_("Cannot read {path}: {why}.").format(path=path, why=error.strerror)) from error
    if len(data) > limit:
        raise LocalError(_("{path} is larger than {n} MB.").format(path=path, n=limit // 1024**2))
    return data
