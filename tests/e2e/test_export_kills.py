"""An export that is killed again and again, and gone on with: the file is the one that a single run makes."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.served import kobotui

if TYPE_CHECKING:
    from tests.served import Server

PATIENCE = 120.0
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)


def begun(target: Path) -> int:
    """Bytes that an unfinished export of this file has on the disk."""
    found = 0
    for path in target.with_name(f".{target.name}.part").glob("*"):
        try:
            found += path.stat().st_size
        except FileNotFoundError:  # renamed meanwhile
            continue
    return found


@pytest.mark.parametrize("size", [("--seed", "7", "--projects", "4", "--submissions", "4500")])
def test_killed_at_random_points(account: Server, environment: dict[str, str], tmp_path: Path) -> None:
    project = max(
        account.ask("/api/v2/assets/?limit=100")["results"], key=lambda p: p["deployment__submission_count"] or 0
    )
    uid, records = project["uid"], project["deployment__submission_count"]
    command = [*kobotui(), "export", uid, "--groups", "-o"]
    once, cut = tmp_path / "once.csv", tmp_path / "cut.csv"
    subprocess.run([*command, str(once)], env=environment, check=True, capture_output=True)
    assert once.read_bytes().count(b"\r\n") > records
    page = account.ask(f"/api/v2/assets/{uid}/data/?limit=100")["results"]
    whole = records * len(json.dumps(page)) // len(page) + once.stat().st_size  # what came, and the file made of it
    chance, ends = random.Random(6), []
    for number, sent in zip(KILLS, sorted(chance.uniform(0.02, 0.95) for _kill in KILLS), strict=True):
        killed = subprocess.Popen([*command, str(cut), "--resume"], env=environment, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE
        while killed.poll() is None and begun(cut) < sent * whole:
            assert time.monotonic() < end
            time.sleep(0.01)
        killed.send_signal(number)
        _out, said = killed.communicate(timeout=PATIENCE)
        ends.append(killed.returncode)
        if killed.returncode == 128 + signal.SIGTERM:
            assert "--resume" in said
        if cut.exists():  # it was whole before it was killed
            assert cut.read_bytes() == once.read_bytes()
            cut.unlink()
    assert {-signal.SIGKILL, 128 + signal.SIGTERM} & set(ends), "every run came to its end before it was killed"
    done = subprocess.run(
        [*command, str(cut), "--resume"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert cut.read_bytes() == once.read_bytes()
    assert [path.name for path in tmp_path.glob("*cut.csv*")] == ["cut.csv"]
