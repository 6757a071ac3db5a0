"""The lines above and below every screen."""

from __future__ import annotations

import asyncio

from textual.events import Key

from kobotui.model.account import Account
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.side_panel import Fact, SidePanel
from kobotui.widgets.spinner import SIGNS, Spinner
from kobotui.widgets.top_line import TopLine

from .samples import Stage, until

ACCOUNT = Account(
    name="work",
    server="https://eu.kobotoolbox.org",
    openrosa="https://kc-eu.kobotoolbox.org",
    username="ana",
    read_only=True,
    production=True,
)
HINTS = [KeyHint("enter", "open"), KeyHint("d", "deploy", False), KeyHint("x", "export"), KeyHint("J", "jobs")]


async def test_the_top_line_gives_way_by_importance_and_never_cuts_a_badge():
    app = Stage(TopLine)
    async with app.run_test(size=(100, 5)) as pilot:
        line = app.query_one(TopLine)
        line.show_where("Household survey 2026 > DATA", "rows 1-18 of 3,000")
        line.show_account(ACCOUNT)
        await pilot.pause()
        text = app.text()[0]
        assert text.startswith("Household survey 2026 > DATA  rows 1-18 of 3,000")
        assert "ana @ eu.kobotoolbox.org  READ ONLY   PRODUCTION" in text
        for width, there, gone in (
            (92, "ana @ eu.kobot..", "ana @ eu.kobotoolbox.org"),
            (82, "ana  READ", "ana @"),
            (64, "of 3,000", "ana"),
            (30, "PRODUCTION", "3,000"),
        ):
            await pilot.resize_terminal(width, 5)
            await pilot.pause()
            assert there in app.text()[0], width
            assert gone not in app.text()[0], width
            assert "PRODUCTION" in app.text()[0]
        line.show_account(None)
        await pilot.pause()
        assert "PRODUCTION" not in app.text()[0]


async def test_the_spinner_turns_only_while_something_is_under_way():
    app = Stage(TopLine)
    async with app.run_test(size=(40, 5)) as pilot:
        spinner = app.query_one(Spinner)
        assert app.text()[0] == ""
        app.query_one(TopLine).show_busy(True)
        await until(lambda: app.text()[0][-1:] in set(SIGNS[1:]))
        app.query_one(TopLine).show_busy(False)
        await pilot.pause()
        assert app.text()[0] == ""
        assert spinner._timer is not None
        assert not spinner._timer._active.is_set()


async def test_the_key_bar_shows_what_fits_and_help_last():
    app = Stage(KeyBar)
    async with app.run_test(size=(60, 5)) as pilot:
        bar = app.query_one(KeyBar)
        bar.set_keys(HINTS)
        bar.show_jobs("2 jobs")
        await pilot.pause()
        assert app.text()[-1].split() == [
            *("enter", "open", "d", "deploy", "x", "export", "J", "jobs", "?", "help", "2", "jobs")
        ]
        assert app.text()[-1].endswith("2 jobs")
        await pilot.resize_terminal(36, 5)
        await pilot.pause()
        assert app.text()[-1].split() == ["enter", "open", "d", "deploy", "?", "help", "2", "jobs"]


async def test_a_flash_takes_the_place_of_the_keys_until_a_key_has_been_pressed_after_a_second(monkeypatch):
    app = Stage(KeyBar)
    async with app.run_test(size=(60, 5)) as pilot:
        bar = app.query_one(KeyBar)
        bar.set_keys(HINTS)
        bar.flash("[/]Deployed \x1b[31mWater points", "warning")
        await pilot.pause()
        assert app.text()[-1] == "[/]Deployed ^[[31mWater points"
        bar.key_pressed()
        assert bar.flashing
        bar._flashed_at -= 2
        bar.key_pressed()
        await pilot.pause()
        assert app.text()[-1].startswith("enter open")


async def test_a_confirmation_is_whole_and_takes_no_key_typed_before_it_was_seen():
    app = Stage(TopLine)
    async with app.run_test(size=(40, 8)) as pilot:
        text = "Rename  " + "Household survey " * 3 + "-> Water"
        line = ConfirmLine(text)
        await app.mount(line)
        line.focus()
        answer = asyncio.ensure_future(line.answer())
        early = Key("enter", None)  # made before the first frame, and still there after it
        await pilot.pause()
        line.post_message(early)
        await pilot.pause()
        assert not answer.done()
        shown = " ".join(" ".join(app.text()[1:]).split())
        assert shown == " ".join(text.split()) + " enter does it, escape leaves it"
        await pilot.press("j", "enter")
        assert await answer is True


async def test_a_confirmation_longer_than_half_of_the_screen_is_scrolled_to_its_end():
    app = Stage(TopLine)
    async with app.run_test(size=(40, 12)) as pilot:
        line = ConfirmLine("永" * 20_000 + " the end")
        await app.mount(line)
        line.focus()
        await pilot.pause()
        assert line.size.height == 6
        assert app.text()[-1].startswith("lines 1-5 of 10")
        await pilot.press("down", "pagedown")
        assert app.text()[-1].startswith("lines 7-11 of 10")
        line._top = 100_000
        await pilot.press("down")
        assert "the end" in "".join(app.text()[-6:-1])
        await pilot.resize_terminal(80, 12)
        await pilot.pause()
        assert "the end" in "".join(app.text()[-6:-1])
        await pilot.press("escape")
        assert await line.answer() is False


async def test_escape_and_removal_leave_a_confirmation():
    app = Stage(TopLine)
    async with app.run_test(size=(40, 8)) as pilot:
        for leave in ("escape", "remove"):
            line = ConfirmLine("Archive?")
            await app.mount(line)
            line.focus()
            if leave == "escape":
                await pilot.press("escape")
            else:
                await line.remove()
            assert await line.answer() is False


async def test_a_prompt_checks_completes_and_remembers():
    app = Stage(TopLine)
    heard: list[str] = []
    async with app.run_test(size=(80, 5)) as pilot:
        prompt = Prompt(
            "go to",
            completions=["projects", "jobs", "pictures"],
            check=lambda text: None if text == "projects" else "There is no such place.",
            changed=heard.append,
            history="test",
        )
        await app.mount(prompt)
        await pilot.press("p", "enter")
        assert app.text()[-2:] == ["There is no such place.", "go to p"]
        await pilot.press("tab")
        assert prompt.text == "projects"
        await pilot.press("tab", "tab")
        assert prompt.text == "projects"
        assert heard[0] == "p"
        await pilot.press("enter")
        assert await prompt.answer() == "projects"
        await prompt.remove()
        again = Prompt("go to", history="test")
        await app.mount(again)
        await pilot.press("up")
        assert again.text == "projects"
        await pilot.press("escape")
        assert await again.answer() is None


async def test_a_sentence_that_is_longer_than_the_line_is_said_whole():
    app = Stage(KeyBar)
    why = "You need the right “Validate submissions” on Household survey 2026, all districts, second round."
    async with app.run_test(size=(56, 8)) as pilot:
        bar = app.query_one(KeyBar)
        bar.show_jobs("1 job 3/9")
        bar.flash(why)
        await pilot.pause()
        assert bar.size.height == 3
        assert " ".join(line.removesuffix("1 job 3/9").strip() for line in app.text()[-3:]) == why
        assert app.text()[-3].endswith("1 job 3/9")
        bar.flash("Done.")
        await pilot.pause()
        assert bar.size.height == 1
        assert app.text()[-1].split() == ["Done.", "1", "job", "3/9"]


async def test_keys_of_one_burst_complete_what_they_typed():
    app = Stage(TopLine)
    found: list[str] = []
    async with app.run_test(size=(80, 5)) as pilot:
        prompt = Prompt("path", completions=found, changed=lambda text: found.__setitem__(slice(None), [f"{text}od"]))
        await app.mount(prompt)
        await pilot.pause()
        for key in ("g", "o", "tab"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(lambda: prompt.text == "good")


async def test_what_is_typed_behind_a_completion_is_completed_itself():
    app = Stage(TopLine)
    async with app.run_test(size=(80, 5)) as pilot:
        prompt = Prompt("/", completions=["head", "heart", "head = 1", "head = 2"])
        await app.mount(prompt)
        await pilot.press("h", "e", "tab")
        assert prompt.text == "head"
        await pilot.press("space", "equals_sign", "space", "tab")
        assert prompt.text == "head = 1"
        await pilot.press("tab")
        assert prompt.text == "head = 2"


async def test_a_long_question_and_what_is_wrong_leave_room_for_what_is_typed():
    app = Stage(TopLine)
    async with app.run_test(size=(60, 6)) as pilot:
        why = "There is no file /home/somebody/forms/household-survey-2026-final.xlsx here."
        prompt = Prompt("Replace the form by (path or address)", check=lambda text: why)
        await app.mount(prompt)
        await pilot.press(*"form.xls", "enter")
        assert " ".join(app.text()[-3:-1]) == why
        assert app.text()[-1] == "Replace the form by (path or address) form.xls"


async def test_typed_text_is_not_lost_to_one_escape():
    app = Stage(TopLine)
    async with app.run_test(size=(80, 5)) as pilot:
        prompt = Prompt("name", "before \x1b[31m")
        await app.mount(prompt)
        await pilot.press("x", "escape")
        assert "escape again" in app.text()[-2]
        await pilot.press("y", "enter")
        assert await prompt.answer() == "before \x1b[31mxy"
        await prompt.remove()
        prompt = Prompt("name", "before")
        await app.mount(prompt)
        await pilot.press("x", "escape", "escape")
        assert await prompt.answer() is None


async def test_the_side_panel_wraps_and_cuts():
    app = Stage(SidePanel)
    async with app.run_test(size=(30, 6)) as pilot:
        panel = app.query_one(SidePanel)
        panel.show(
            "Household \x1b]52;survey", [Fact("Owner", "ana"), Fact("About", "word " * 9), Fact("", "24 questions")]
        )
        await pilot.pause()
        assert app.text()[0].startswith("---- Household ^[]52;survey -")
        assert app.text()[1] == "Owner  ana"
        assert app.text()[2:5] == ["About  word word word word", "       word word word word", "       word"]
        assert app.text()[5] == "24 questions"
        await pilot.resize_terminal(12, 3)
        await pilot.pause()
        assert len(app.text()) == 3
