"""The terminal before Textual: environment, refusals, the clipboard."""

from __future__ import annotations

import base64
import io
import locale
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kobotui import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSH = {"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 22"}


@pytest.fixture(autouse=True)
def nothing_changed_yet() -> Iterator[None]:
    terminal._before.clear()
    yield
    terminal._before.clear()


class Stream(io.TextIOWrapper):
    """A terminal of a given encoding."""

    def __init__(self, encoding: str = "utf-8", tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


class TestPrepare:
    def test_at_home(self) -> None:
        environ = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        terminal.prepare(environ)
        assert environ == {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}

    def test_over_ssh_an_escape_waits_longer(self) -> None:
        environ = {**SSH}
        terminal.prepare(environ)
        assert environ["ESCDELAY"] == "300"

    def test_the_users_own_choices_stay(self) -> None:
        chosen = {**SSH, "ESCDELAY": "50", "TEXTUAL_ANIMATIONS": "full", "STY": "1.x", "COLORTERM": "truecolor"}
        environ = {**chosen, "TEXTUAL_COLOR_SYSTEM": "standard"}
        terminal.prepare(environ)
        assert environ == {**chosen, "TEXTUAL_COLOR_SYSTEM": "standard"}

    def test_gnu_screen_gets_256_colours(self) -> None:
        environ = {"STY": "123.pts", "COLORTERM": "truecolor"}
        terminal.prepare(environ)
        assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"

    def test_no_colour_chooses_a_theme_without_any(self) -> None:
        environ = {"NO_COLOR": "1", "TEXTUAL_THEME": "nord"}
        terminal.prepare(environ)
        assert environ["TEXTUAL_THEME"] == terminal.theme("nord", environ) == terminal.COLOURLESS_THEME
        assert environ["NO_COLOR"] == "1"

    def test_an_empty_no_colour_means_nothing(self) -> None:
        environ = {"NO_COLOR": ""}
        terminal.prepare(environ)
        assert "NO_COLOR" not in environ
        assert terminal.theme("nord", environ) == "nord"
        assert terminal.child_environment(environ) == {"NO_COLOR": ""}

    def test_children_get_what_was_there(self) -> None:
        before = {**SSH, "NO_COLOR": "1", "TEXTUAL_THEME": "nord", "EDITOR": "vi"}
        environ = dict(before)
        terminal.prepare(environ)
        terminal.prepare(environ)
        del environ["NO_COLOR"]  # as some versions of Textual do
        environ["NO_COLOR"] = "1"
        assert terminal.child_environment(environ) == before

    def test_textual_takes_the_settings_and_shows_no_colour(self) -> None:
        code = (
            "from kobotui import terminal; terminal.prepare()\n"
            "from textual import constants\nfrom textual.app import App\n"
            "app = App()\n"
            "print(constants.ESCAPE_DELAY, constants.TEXTUAL_ANIMATIONS)\n"
            "print(app.theme, app.native_ansi_color, app.no_color)"
        )
        environ = {**os.environ, **SSH, "NO_COLOR": "1"}
        done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
        assert done.stdout == "0.3 none\nansi-dark True True\n"


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_ssh_is_recognised(name: str) -> None:
    assert terminal.over_ssh({name: "x"})
    assert not terminal.over_ssh({name: ""})
    assert not terminal.over_ssh({})


def test_the_mouse_is_off_over_ssh_unless_wanted() -> None:
    assert terminal.mouse("auto", {})
    assert not terminal.mouse("auto", SSH)
    assert terminal.mouse("on", SSH)
    assert not terminal.mouse("off", {})


class TestRefuse:
    def test_a_terminal_is_welcome(self) -> None:
        assert terminal.refuse({"TERM": "xterm"}, (Stream(), Stream(), Stream())) is None
        assert terminal.refuse({}, (Stream("latin-1"), Stream("ascii"), Stream("UTF8"))) is None

    @pytest.mark.parametrize("term", ["dumb", "unknown"])
    def test_a_dumb_one_is_told_the_commands(self, term: str) -> None:
        sentence = terminal.refuse({"TERM": term}, (Stream(), Stream(), Stream()))
        assert sentence is not None
        assert f"TERM={term}" in sentence
        assert "kobotui projects" in sentence

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_a_pipe_is_told_the_commands(self, which: int) -> None:
        for other in (Stream(tty=False), None):
            streams = [Stream(), Stream(), Stream()]
            streams[which] = other  # type: ignore[call-overload]
            assert "needs a terminal" in (terminal.refuse({}, tuple(streams)) or "")

    def test_a_closed_stream_is_no_terminal(self) -> None:
        closed = Stream()
        closed.close()
        assert "needs a terminal" in (terminal.refuse({}, (Stream(), Stream(), closed)) or "")

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
    def test_without_utf8_it_names_the_encoding(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(locale, "getencoding", lambda: "ISO-8859-1")
        sentence = terminal.refuse({}, (Stream(), Stream(), Stream(encoding)))
        assert sentence is not None
        assert f"uses {encoding}" in sentence
        assert "C.UTF-8" in sentence

    def test_where_only_python_was_told_otherwise_it_is_corrected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(locale, "getencoding", lambda: "UTF-8")
        stream = Stream("ascii")
        assert terminal.refuse({}, (Stream(), Stream(), stream)) is None
        stream.write("─\udcff")
        stream.flush()
        assert stream.buffer.getvalue() == "─\\udcff".encode()  # type: ignore[attr-defined]

    def test_in_a_real_terminal_without_utf8(self) -> None:
        main, side = pty.openpty()
        code = "from kobotui.terminal import refuse; print(refuse())"
        environ = {**os.environ, "TERM": "xterm", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        process = subprocess.run(
            [sys.executable, "-c", code], stdin=side, stdout=side, stderr=side, env=environ, timeout=30, check=True
        )
        said = os.read(main, 4096).decode()
        os.close(main)
        os.close(side)
        assert process.returncode == 0
        assert "needs a UTF-8 terminal" in said


def taken(sequence: str) -> list[str]:
    """The texts of every OSC 52 in what a terminal receives."""
    return [base64.b64decode(data).decode() for data in re.findall(r"\x1b\]52;c;([^\x07\x1b]*)\x07", sequence)]


class TestClipboard:
    text = "aBc123\nأهلا\x1b[2J"

    def test_is_one_sequence_that_hides_nothing_else(self) -> None:
        sequence = terminal.clipboard_sequence(self.text, {"TERM": "xterm"})
        assert taken(sequence) == [self.text]
        assert sequence.count("\x1b") == 1

    def test_in_tmux_it_is_sent_to_tmux_and_through_it(self) -> None:
        for environ in ({"TMUX": "/tmp/x,1,0", "TERM": "screen-256color"}, {"TERM": "tmux-256color"}):
            sequence = terminal.clipboard_sequence(self.text, environ)
            bare, through = sequence.split("\x1bPtmux;")
            assert taken(bare) == [self.text]
            assert through.endswith("\x1b\\")
            assert taken(through.removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b")) == [self.text]

    @pytest.mark.parametrize("length", [0, 100, 5000])
    def test_in_gnu_screen_it_goes_through_in_pieces(self, length: int) -> None:
        sequence = terminal.clipboard_sequence("x" * length, {"STY": "1.x", "TERM": "screen"})
        pieces = re.findall(r"\x1bP(.*?)\x1b\\", sequence, re.DOTALL)
        assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == sequence
        assert all(len(piece) <= 240 for piece in pieces)
        assert taken("".join(pieces)) == ["x" * length]

    def test_behind_ssh_screen_may_be_tmux(self) -> None:
        sequence = terminal.clipboard_sequence(self.text, {**SSH, "TERM": "screen-256color"})
        assert taken(sequence)[0] == self.text
        assert "\x1bP\x1b]52;c;" in sequence

    def test_what_terminals_would_cut_is_not_sent(self) -> None:
        most = terminal.OSC52_LIMIT // 4 * 3
        assert terminal.clipboard_sequence("x" * most, {}) != ""
        assert terminal.clipboard_sequence("x" * (most + 3), {}) == ""

    def test_a_lone_surrogate_is_no_reason_to_fail(self) -> None:
        assert taken(terminal.clipboard_sequence("a\ud800b", {})) == ["a?b"]

    def test_the_desktops_program_is_used_where_there_is_one(self, tmp_path: Path) -> None:
        for name in ("wl-copy", "xsel"):
            (tmp_path / name).write_text("#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)
        path = {"PATH": str(tmp_path)}
        assert terminal.clipboard_command({**path, "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}) == ("wl-copy",)
        assert terminal.clipboard_command({**path, "DISPLAY": ":0"}) == ("xsel", "--clipboard", "--input")
        assert terminal.clipboard_command({**path, **SSH}) == ()

    def test_on_a_mac_over_ssh_the_far_clipboard_is_left_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "pbcopy").write_text("#!/bin/sh\n")
        (tmp_path / "pbcopy").chmod(0o755)
        monkeypatch.setattr(sys, "platform", "darwin")
        assert terminal.clipboard_command({"PATH": str(tmp_path)}) == ("pbcopy",)
        assert terminal.clipboard_command({"PATH": str(tmp_path), **SSH}) == ()
