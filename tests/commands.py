"""Commands as somebody logged in to a demo runs them, nobody at the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kobotui.__main__ import main, session_on

if TYPE_CHECKING:
    import pytest

    from kobotui.demo.server import DemoServer

Run = Callable[..., tuple[int, str, str]]
"""Runs a command: exit code, output, errors."""


def runner(server: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of the demo's administrator."""
    session_on(server).accounts.use("admin")

    def command(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return command
