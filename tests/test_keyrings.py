"""The keyring: unsafe back ends refused, silence and failure turned into sentences."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from kobotui import keyrings
from kobotui.keyrings import SecretError

if TYPE_CHECKING:
    from collections.abc import Iterator

EU = "https://eu.kobotoolbox.org"
KEY = "0123456789abcdef"


class Memory(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class PlaintextKeyring(Memory):
    """Named like the one of keyrings.alt."""


class Disguised(PlaintextKeyring):
    """A child of an unsafe one is as unsafe."""


class Alt(Memory):
    __module__ = "keyrings.alt.file"


class Forgetful(Memory):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Broken(Memory):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("The name org.freedesktop.secrets was not provided\x1b[2J")


class Silent(Memory):
    def __init__(self) -> None:
        super().__init__()
        self.freed = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.freed.wait(10)
        return None


@pytest.fixture(autouse=True)
def before() -> Iterator[None]:
    chosen = keyring.get_keyring()
    yield
    keyring.set_keyring(chosen)


def test_keeps_finds_and_forgets() -> None:
    keyring.set_keyring(Memory())
    assert keyrings.get(EU, "ana") == (keyrings.name(), None)
    assert keyrings.put(EU, "ana", KEY) == keyrings.name()
    assert keyrings.get(EU, "ana")[1] == KEY
    assert keyrings.get(EU, "ben")[1] is None
    assert keyrings.get("https://kf.kobotoolbox.org", "ana")[1] is None
    assert keyrings.drop(EU, "ana")
    assert not keyrings.drop(EU, "ana")


@pytest.mark.parametrize("unsafe", [null.Keyring, fail.Keyring, PlaintextKeyring, Disguised, Alt])
def test_unsafe_back_ends_are_refused(unsafe: type[KeyringBackend]) -> None:
    backend = unsafe()
    keyring.set_keyring(backend)
    for use in (keyrings.name, lambda: keyrings.get(EU, "ana"), lambda: keyrings.put(EU, "ana", KEY)):
        with pytest.raises(SecretError, match="no keyring that keeps keys safely"):
            use()
    assert not getattr(backend, "kept", None)


def chain(monkeypatch: pytest.MonkeyPatch, *backends: Any) -> None:
    monkeypatch.setattr(chainer.ChainerBackend, "backends", list(backends))
    keyring.set_keyring(chainer.ChainerBackend())


def test_a_chain_that_would_use_a_readable_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    chain(monkeypatch, PlaintextKeyring(), Memory())
    with pytest.raises(SecretError, match="no keyring"):
        keyrings.name()


def test_an_empty_chain_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    chain(monkeypatch)
    with pytest.raises(SecretError, match="no keyring"):
        keyrings.name()


def test_a_chain_never_falls_through_to_a_readable_file(monkeypatch: pytest.MonkeyPatch) -> None:
    safe, readable = Memory(), PlaintextKeyring()
    readable.kept[f"kobotui {EU}", "ana"] = "from the file"
    chain(monkeypatch, safe, readable)
    assert keyrings.get(EU, "ana")[1] is None
    keyrings.put(EU, "ana", KEY)
    assert safe.kept == {(f"kobotui {EU}", "ana"): KEY}
    assert readable.kept == {(f"kobotui {EU}", "ana"): "from the file"}


def test_one_that_does_not_keep_is_found_out_at_once() -> None:
    keyring.set_keyring(Forgetful())
    with pytest.raises(SecretError, match="did not keep") as error:
        keyrings.put(EU, "ana", KEY)
    assert KEY not in error.value.sentence


def test_a_failure_is_a_sentence_fit_for_the_screen() -> None:
    keyring.set_keyring(Broken())
    with pytest.raises(SecretError, match=r"The keyring failed: .*secrets was not provided") as error:
        keyrings.get(EU, "ana")
    assert "\x1b" not in error.value.sentence


def test_one_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyrings, "TIMEOUT", 0.1)
    silent = Silent()
    keyring.set_keyring(silent)
    with pytest.raises(SecretError, match=r"no answer within 0\.1 seconds"):
        keyrings.get(EU, "ana")
    silent.freed.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            assert thread.daemon
            thread.join(5)
