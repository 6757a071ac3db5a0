"""The pictures of the README: all there, none forgotten, none too large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from screenshots import make

README = Path(make.__file__).parent.parent / "README.md"


def test_the_readme_shows_every_picture() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(screenshots/(\w+)\.png\)", README.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(make.PICTURES)


@pytest.mark.parametrize("name", make.PICTURES)
def test_a_picture_is_there_and_small(name: str) -> None:
    assert 0 < (make.HERE / f"{name}.png").stat().st_size <= make.LIMIT


def test_a_machine_without_a_font_is_told_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "PLACES", (str(tmp_path),))
    assert make.main(["projects"]) == 1
    assert "DejaVu Sans Mono" in capsys.readouterr().err
