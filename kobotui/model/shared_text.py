"""Several records as one text for an editor: what they have in common, and what all of them shall have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _, ngettext
from kobotui.model.check import check, editable
from kobotui.model.form import Form, Group, Question
from kobotui.model.record_edit import Problem, read_answers
from kobotui.model.record_text import about, rows, whole
from kobotui.model.text import shown
from kobotui.model.text_form import NOTE, Kind, Tree, commented, json_written, toml_key, toml_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kobotui.model.submission import Submission


_ENOUGH = 100
"""Problems after which no more are looked for."""


def text_at(record: Submission, path: str) -> str:
    """An answer outside of repeats, empty where there is none."""
    text = record.answer(path)
    return text if isinstance(text, str) else ""


def shared_text(kind: Kind, form: Form, records: Sequence[Submission], title: str, language: int | None = None) -> str:
    """The answers outside of repeats that all of these records have in common; of others only how many there are."""
    notes = [
        shown(title),
        _("Every line that stands here is the answer of all of these records, once the text is saved."),
        _("Where their answers differ the line is a comment: without its # all of them get that answer."),
    ]
    if kind == "json":
        notes[-1] = _("Where their answers differ there is only a note: an answer put there is given to all of them.")
    lines = [*commented(notes), ""]
    tree: Tree = {NOTE: notes}
    for item in rows(form, whole(form)):
        if isinstance(item, Group):
            lines += ["", f"# -- {shown(form.label(item, language))}"]
        elif isinstance(item, Question) and editable(item):
            found = {text_at(record, item.path) for record in records}
            facts = about(form, item, language)
            if len(found) > 1:
                n = len(found)
                facts += "  " + ngettext("{n} answer", "{n} different answers", n).format(n=n)
            tree[f"{NOTE} {item.path}"] = facts
            lines += commented([facts])
            if len(found) == 1:
                (text,) = found
                tree[item.path] = text
                lines.append(f"{toml_key(item.path)} = {toml_text(text)}")
            else:
                lines.append(f'# {toml_key(item.path)} = ""')
    return json_written(tree) if kind == "json" else "\n".join(lines) + "\n"


def wanted_answers(
    kind: Kind, text: str, form: Form, records: Sequence[Submission], language: int = 0
) -> tuple[dict[str, str], list[Problem]]:
    """The answers in a text that not all of the records have, and where they do not fit. Raises ``TextError``."""
    said = read_answers(kind, text, form)
    wanted = {path: new for path, new in said.items() if any(text_at(record, path) != new for record in records)}
    problems: list[Problem] = []
    for record in records:
        if len(problems) >= _ENOUGH:
            break
        beside: Mapping[str, object] = {**record.raw, **wanted}
        for path, new in wanted.items():
            if text_at(record, path) != new:
                found = check(form.questions[path], new, form, answers=beside, language=language)
                if found:
                    place = _("record {id}, {path}").format(id=record.id, path=path)
                    problems.append(Problem(place, found.sentence))
    return wanted, problems
