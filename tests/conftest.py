"""What every test needs: files in a place of its own, and nothing of the developer's environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration, state and cache below a temporary directory; no account, token or colour from outside."""
    for name in os.environ:
        if name.startswith("KOBOTUI_") or name in {"CREDENTIALS_DIRECTORY", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY"}:
            monkeypatch.delenv(name)
    place = tmp_path / "home"
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"KOBOTUI_{kind}_DIR", str(place / kind.lower()))
    return place
