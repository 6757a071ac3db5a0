"""The editor of a row rule: its keys, one by one. What becomes of a rule is in ``test_rule_editor.py``."""

from __future__ import annotations

from kobotui.model.rowrule import say_rules
from kobotui.screens.help import HelpScreen
from kobotui.screens.rule_editor import RuleEditor
from kobotui.screens.rule_preview import RulePreview
from kobotui.widgets.editors import TextEditor
from kobotui.widgets.picker import Picker
from tests.screens import scenes
from tests.screens.scenes import Step
from tests.screens.stage import Stage


async def editor(stage: Stage) -> None:
    """Of somebody who sees some of the records, on the first condition, the form read."""
    await scenes.sharing(stage)
    stage.table.move_to_key("carol")
    await stage.pilot.press("w")
    stage.noted = await stage.window(RuleEditor)
    await stage.until(stage.noted._read.is_set, "the form")


async def on_a_right(stage: Stage) -> None:
    """With the cursor on the right to delete."""
    await editor(stage)
    columns = [column.key for column in stage.noted.table.columns]
    stage.noted.table.move_to(0, columns.index("delete_submissions"))


async def changed(stage: Stage) -> None:
    """With one right more than before."""
    await on_a_right(stage)
    await stage.pilot.press("space")


def says(*, delete: bool = False, nothing: bool = False) -> Step:
    async def then(stage: Stage) -> None:
        said = say_rules(stage.noted.rules())
        assert bool(said) is not nothing
        assert ("delete_submissions" in said) is delete

    return then


def asks(kind: type = Picker) -> Step:
    async def then(stage: Stage) -> None:
        await stage.window(kind)

    return then


async def accepted(stage: Stage) -> None:
    await stage.on("sharing")
    assert "delete_submissions" in say_rules(stage.screen.wanted["carol"].rules)


async def explained(stage: Stage) -> None:
    """Every key of the window is in the help, and none that does not work in it."""
    shown = await stage.window(HelpScreen)
    source = shown.query_one("Table").source
    keys = [source.row(index).cells[0].text for index in range(len(source))]
    assert {"a", "n", "enter", "D", "t", "p", "s", "space", "esc"} <= set(keys)
    assert not {":", "^p", "J", "q"} & set(keys)


SCENES: dict[str, tuple[Step, Step]] = {
    "rule.add": (editor, asks()),
    "rule.add_alternative": (editor, asks()),
    "rule.edit": (editor, asks()),
    "rule.remove": (editor, says(nothing=True)),
    "rule.toggle": (on_a_right, says(delete=True)),
    "rule.as_text": (editor, asks(TextEditor)),
    "rule.preview": (editor, asks(RulePreview)),
    "rule.accept": (changed, accepted),
    "rule.help": (editor, explained),
    "rule.back": (editor, lambda stage: stage.on("sharing")),
}
"""Where one is, and what the key leads to."""
