"""Records as rows of a table: one sheet for the records, one for the rounds of each repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kobotui.exports.cells import Entry, Files, Fill, Lost, filler, headings, is_plain, moment, text
from kobotui.exports.layout import MAIN, Field, FormVersion, Part, Sheet, Version, lay_over
from kobotui.model.export_options import NAMES, ExportOptions
from kobotui.model.submission import SYSTEM_KEYS

COPIED = (
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__",
    "_tags", "meta/rootUuid",
)  # fmt: skip
"""The server's own columns, after those of the questions."""
ALWAYS = ("_uuid", "meta/rootUuid")
"""Those that are there whatever questions were chosen."""
OTHER = "_other"
"""Column for what no deployed version of the form has, as JSON: only there when there is something."""

_SILENT = (SYSTEM_KEYS - {"_supplementalDetails"}) | {"_userform_id"}
"""Keys that exports leave out or have columns for."""
_VERSION_KEY = "_version_"
"""Part of the keys under which a record says its form's version; old forms have several."""


GEOGRAPHIC = frozenset({"geopoint", "geotrace", "geoshape"})


class Place(NamedTuple):
    """A question that asks for a place: its type, the keys of its answer, the columns it fills."""

    kind: str
    sources: tuple[str, ...]
    columns: range


class Row(NamedTuple):
    """A row of the sheet with this number."""

    sheet: int
    cells: list[Any]


@dataclass(eq=False)
class TableSheet:
    """A sheet: its name, its headings, and a row of HXL tags where the form has any."""

    name: str
    headings: list[str]
    tags: list[str] | None = None
    is_repeat: bool = False


@dataclass(eq=False)
class _Plan:
    """How one version's records become the cells of a sheet."""

    steps: list[tuple[tuple[str, ...], Fill | None]]
    """Keys whose values are cells as they are, or what adds cells."""
    children: list[tuple[int, tuple[str, ...]]]
    """Sheets of the repeats inside, and the keys they stand under."""


class Table:
    """A layout with rows: ``rows`` in the order of the records, whose numbers go up with each."""

    def __init__(
        self,
        title: str,
        versions: Sequence[FormVersion],
        options: ExportOptions,
        *,
        typed: bool = False,
        other: bool = False,
        counted: Sequence[int] = (),
    ) -> None:
        """``versions``: all that were deployed, the newest first; ``typed``: numbers and dates as such.

        ``other``: with a column for unknown keys. ``counted``: rows each sheet has already, to go on with.
        """
        self._options, self._typed = options, typed
        self.has_other = other
        self._layout = lay_over(title, versions, options)
        self._keys = list(self._layout.sheets)
        self._indexed = not options.fields or "_index" in options.fields
        self._system = [name for name in COPIED if not options.fields or name in (*options.fields, *ALWAYS)]
        self._system_fills = [(name, self._system_fill(name)) for name in self._system]
        self._plans: dict[str, list[_Plan]] = {}
        self._version_keys = [key for key in self._layout.known[MAIN] if _VERSION_KEY in key]
        self._lost: Lost = []
        self._known = [self._layout.known[key] for key in self._keys]
        self._known[0] |= _SILENT
        self.counted = [*counted, *[0] * len(self._keys)][: len(self._keys)]
        """Rows of each sheet so far."""
        self.unknown: dict[str, int] = {}
        """Keys that no deployed version has, and how many records or rounds have them."""
        self.sheets = [self._sheet(sheet) for sheet in self._layout.sheets.values()]

    # -- headings ------------------------------------------------------------------------------------

    def _sheet(self, sheet: Sheet) -> TableSheet:
        heads = [(headings(field, self._options), field.question.hxl) for field in sheet.fields.values()]
        names = [name for listed, _hxl in heads for name in listed]
        tags = [tag for listed, hxl in heads for tag in (hxl, *[""] * (len(listed) - 1))][: len(names)]
        more = self._after(sheet)
        tagged = any(tags)
        return TableSheet(
            sheet.name, names + more, tags + [""] * len(more) if tagged else None, is_repeat=sheet.parent is not None
        )

    def _after(self, sheet: Sheet) -> list[str]:
        """The headings after those of the questions."""
        index = ["_index"] if self._indexed or sheet.children else []
        if sheet.parent is None:
            return [*self._system, *index, *([OTHER] if self.has_other else [])]
        return [*index, "_parent_table_name", "_parent_index", *(f"_submission_{name}" for name in COPIED)]

    # -- rows ----------------------------------------------------------------------------------------

    def rows(self, record: Entry) -> Iterator[Row]:
        """The rows of a record: its own, then those of its repeats, each before what is inside it."""
        plans = self._plans_for(self._version_of(record))
        listed = record.get("_attachments")
        files = [file for file in listed if isinstance(file, dict)] if isinstance(listed, list) else []
        system = [
            convert(record.get(name)) if convert else "" if (value := record.get(name)) is None else value
            for name, convert in self._system_fills
        ]
        carried: list[Any] = []
        if len(plans) > 1:  # rounds of repeats say whose they are
            copied = dict(zip(self._system, system, strict=True))
            carried = [copied.get(name, "") for name in COPIED]
        unknown: dict[str, Any] = {}
        found = list(self._part(0, plans, record, files, "", 0, system, carried, unknown))
        for key, value in self._lost:
            self._note(key, key, value, unknown)
        self._lost.clear()
        if self.has_other:
            found[0].cells.append(text(unknown) if unknown else "")
        yield from found

    def _part(
        self,
        number: int,
        plans: list[_Plan],
        entry: Entry,
        files: Files,
        place: str,
        parent: int,
        system: list[Any],
        carried: list[Any],
        unknown: dict[str, Any],
    ) -> Iterator[Row]:
        plan, sheet = plans[number], self._layout.sheets[self._keys[number]]
        if not self._known[number].issuperset(entry):
            for key in entry:
                if key not in self._known[number] and not (number == 0 and _VERSION_KEY in key):
                    self._note(f"{place}{key}", key, entry[key], unknown)
        cells: list[Any] = []
        for keys, fill in plan.steps:
            if fill is None:
                cells += map(entry.get, keys)
            else:
                fill(entry, files, cells)
        self.counted[number] += 1
        index = self.counted[number]
        indexed = [index] if self._indexed or sheet.children else []
        if sheet.parent is None:
            cells += system
            cells += indexed
        else:
            cells += indexed
            cells += (self._layout.sheets[sheet.parent].name, parent)
            cells += carried
        yield Row(number, cells)
        for child, keys in plan.children:
            for key in keys:
                value = entry.get(key)
                for turn, round_ in enumerate(value if isinstance(value, list) else [value] if value else (), 1):
                    here = f"{place}{key}[{turn}]"
                    if isinstance(round_, dict):
                        yield from self._part(child, plans, round_, files, f"{here}/", index, system, carried, unknown)
                    else:  # not what a repeat is; kept rather than lost
                        self._note(here, key, round_, unknown)

    def _note(self, here: str, key: str, value: Any, unknown: dict[str, Any]) -> None:
        unknown[here] = value
        self.unknown[key] = self.unknown.get(key, 0) + 1

    def _system_fill(self, name: str) -> Callable[[Any], Any] | None:
        """What makes the cell of one of the server's own columns; None for a value that is the cell."""
        status = "uid" if self._options.lang == NAMES else "label"
        special: dict[str, Callable[[Any], Any]] = {
            "_validation_status": lambda value: text(value.get(status)) if isinstance(value, dict) else _given(value),
            "_tags": lambda value: ", ".join(map(text, value)) if isinstance(value, list) else "",
            "_notes": lambda value: text(value) if value else "",
        }
        if self._typed:
            special["_submission_time"] = moment
        return special.get(name)

    def places(self) -> list[Place]:
        """The geographic questions outside repeats."""
        found, column = [], 0
        for name, field in self._layout.sheets[MAIN].fields.items():
            width = len(headings(field, self._options))
            if field.question.type in GEOGRAPHIC:
                columns = range(column, column + width)
                found.append(Place(field.question.type, self._sources(MAIN, name, None), columns))
            column += width
        return found

    # -- versions ------------------------------------------------------------------------------------

    def _version_of(self, record: Entry) -> Version:
        """The newest version that the record names; the newest of all when it names none of them."""
        if len(self._layout.versions) == 1:
            return self._layout.versions[0]
        named = [record.get("__version__"), *map(record.get, self._version_keys)]
        return next((v for v in self._layout.versions if v.uid in named), self._layout.versions[0])

    def _plans_for(self, version: Version) -> list[_Plan]:
        plans = self._plans.get(version.uid)
        if plans is None:
            plans = self._plans[version.uid] = [self._plan(sheet, version) for sheet in self._layout.sheets.values()]
        return plans

    def _plan(self, sheet: Sheet, version: Version) -> _Plan:
        own = version.parts.get(sheet.key)
        steps: list[tuple[tuple[str, ...], Fill | None]] = []
        for name, field in sheet.fields.items():
            mine = own.fields.get(name) if own else None
            sources = self._sources(sheet.key, name, mine)
            if len(sources) == 1 and is_plain(field, mine, self._options, typed=self._typed):
                if steps and steps[-1][1] is None:
                    steps[-1] = (steps[-1][0] + sources, None)
                else:
                    steps.append((sources, None))
            else:
                steps.append((sources, filler(field, mine, sources, self._options, self._lost, typed=self._typed)))
        children = [(self._keys.index(key), self._paths(key, version)) for key in sheet.children]
        return _Plan(steps, children)

    def _sources(self, sheet: str, name: str, mine: Field | None) -> tuple[str, ...]:
        """The keys under which an answer may stand: the record's own version's first."""
        others = (part.fields[name].source for part in self._parts(sheet) if name in part.fields)
        return tuple(dict.fromkeys([*([mine.source] if mine else []), *others]))

    def _paths(self, sheet: str, version: Version) -> tuple[str, ...]:
        mine = version.parts.get(sheet)
        return tuple(dict.fromkeys([*([mine.path] if mine else []), *self._layout.sheets[sheet].paths]))

    def _parts(self, sheet: str) -> Iterator[Part]:
        return (version.parts[sheet] for version in self._layout.versions if sheet in version.parts)


def _given(value: Any) -> Any:
    return "" if value is None else value
