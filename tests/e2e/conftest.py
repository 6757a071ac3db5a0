"""A server in a process of its own, and an account on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.served import Server, log_in, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = ("--seed", "7", "--projects", "12", "--submissions", "60")


@pytest.fixture
def environment(home: Path, tmp_path: Path) -> dict[str, str]:
    """Of the outside only where programs are; all files below a temporary directory."""
    env = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    env |= {name: value for name, value in os.environ.items() if name.startswith("KOBOTUI_")}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return env | {"HOME": str(home), "TMPDIR": str(scratch), "LANG": "C.UTF-8", "PYTHONWARNINGS": "error"}


@pytest.fixture
def size() -> tuple[str, ...]:
    """How large the demo is; tests give it as a parameter."""
    return SIZE


@pytest.fixture
def faults() -> str:
    """What is wrong with the line; tests give it as a parameter."""
    return ""


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path, size: tuple[str, ...], faults: str) -> Iterator[Server]:
    """``kobotui demo --serve``."""
    options = ("--faults", faults) if faults else ()
    with serving(environment, tmp_path / "credentials.json", *size, *options) as running:
        yield running


@pytest.fixture
def account(server: Server, environment: dict[str, str]) -> Server:
    """The server, on which an account that may write is saved."""
    log_in(server, environment)
    return server
