"""The desktop's keyring, asked in a thread: on a server it may be absent, locked, or never answer.

Back ends that keep nothing, or keep keys readable in a file, are refused. ``keyring`` chooses such ones
silently when nothing better is installed.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

T = TypeVar("T")

TIMEOUT = 5.0
"""Seconds a keyring may take."""

_REFUSED = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class SecretError(LocalError):
    """A key cannot be found, read or kept."""


def name() -> str:
    """The back end that would be used; :class:`SecretError` when none is fit to be."""
    return _ask(_title)


def get(server: str, username: str) -> tuple[str, str | None]:
    """The back end's name, and the key kept for the user on the server."""
    return _ask(lambda backend: (_title(backend), backend.get_password(_service(server), username)))


def put(server: str, username: str, value: str) -> str:
    """Keep a key, and make sure it is kept; the name of the back end."""

    def keep(backend: KeyringBackend) -> str:
        backend.set_password(_service(server), username, value)
        if backend.get_password(_service(server), username) != value:
            raise SecretError(_("The keyring {backend} did not keep the key.").format(backend=_title(backend)))
        return _title(backend)

    return _ask(keep)


def drop(server: str, username: str) -> bool:
    """Forget a key; say whether there was one."""

    def forget(backend: KeyringBackend) -> bool:
        if backend.get_password(_service(server), username) is None:
            return False
        backend.delete_password(_service(server), username)
        return True

    return _ask(forget)


def _service(server: str) -> str:
    return f"kobotui {server}"


def _title(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}".removeprefix("keyring.backends.")


def _chosen() -> KeyringBackend:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    backend: KeyringBackend | None = keyring.get_keyring()
    if isinstance(backend, ChainerBackend):
        # the first of the chain alone: the chain would fall through to a readable file
        backend = next(iter(backend.backends), None)
    if backend is None or _unsafe(backend):
        raise SecretError(
            _("This machine has no keyring that keeps keys safely. Keep the key in a file, or use a token_command.")
        )
    return backend


def _unsafe(backend: KeyringBackend) -> bool:
    return any(
        kind.__module__.startswith(_REFUSED) or "plaintext" in kind.__qualname__.casefold()
        for kind in type(backend).__mro__
    )


def _ask(question: Callable[[KeyringBackend], T]) -> T:
    answers: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((question(_chosen()),))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=TIMEOUT)
    except queue.Empty:
        raise SecretError(
            _("The keyring gave no answer within {seconds:g} seconds; it may be waiting to be unlocked.").format(
                seconds=TIMEOUT
            )
        ) from None
    if isinstance(answer, SecretError):
        raise answer
    if isinstance(answer, Exception):
        raise SecretError(
            _("The keyring failed: {why}").format(why=shown(str(answer) or type(answer).__name__))
        ) from None
    return answer[0]
