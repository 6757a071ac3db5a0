"""What keys cost on a thin line, counted on a pseudo-terminal with true colour, the dearest there is."""

from __future__ import annotations

import time

from .terminal import Terminal

SCRIPT = """
from textual.app import App
from textual.binding import Binding
from kobotui.columns.cell import Cell, Column
from kobotui.driver import ThriftyDriver
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.sparing import SparingScreen
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

COLUMNS = [
    Column("name", "Name", 30, flexible=True), Column("status", "Status", 10),
    Column("records", "Records", 8, right=True),
    Column("last", "Last record", 12), Column("owner", "Owner", 10), Column("mine", "Mine", 8),
]
HINTS = [KeyHint("enter", "open"), KeyHint("d", "deploy"), KeyHint("x", "export", False)]

def make(number):
    texts = (f"Household survey {number}", "deployed*", str(number * 37), "2 h ago", "ana", "manage")
    styles = ("", "warn", "", "dim", "", "")
    return Row(str(number), tuple(map(Cell, texts, styles)))

class Bytes(App):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("r", "same"), Binding("m", "mark"), Binding("b", "busy"), Binding("slash", "ask")]

    def get_default_screen(self):
        return SparingScreen(id="_default")

    def compose(self):
        yield TopLine()
        yield Table(COLUMNS, ListSource(range(10_000), make, str), **OPTIONS)
        yield KeyBar()

    def on_mount(self):
        self.action_same()

    def action_same(self):
        self.query_one(Table).replace(ListSource(range(10_000), make, str))
        self.query_one(KeyBar).set_keys(HINTS)
        self.query_one(TopLine).show_where("Projects", "10,000 of 10,000")

    def action_mark(self):
        self.query_one(Table).toggle_mark(advance=False)

    def action_busy(self):
        self.query_one(TopLine).show_busy(True)

    async def action_ask(self):
        await self.mount(Prompt("filter", changed=lambda text: None), after=self.query_one(KeyBar))
        self.query_one(KeyBar).display = False
        self.run_worker(self.answered())

    async def answered(self):
        prompt = self.query_one(Prompt)
        await prompt.answer()
        self.query_one(KeyBar).display = True
        await prompt.remove()
        self.query_one(Table).focus()

app = Bytes(driver_class=ThriftyDriver)
"""
DOWN, RIGHT, END = "j", "l", "G"


def test_moving_the_cursor_of_a_list_costs_300_bytes_wherever_it_is():
    with Terminal(SCRIPT.replace("**OPTIONS", "")) as terminal:
        assert terminal.cost() == 0, "idle"
        costs = [terminal.cost(DOWN) for _ in range(3)]
        terminal.cost(END)
        costs += [terminal.cost("k") for _ in range(2)]
        assert all(50 < cost <= 300 for cost in costs), costs
        assert terminal.cost("page") <= 300, "the last page is on the screen already"


def test_moving_the_cursor_of_a_grid_costs_300_bytes_in_every_column():
    with Terminal(SCRIPT.replace("**OPTIONS", "cursor='cell', wide=True")) as terminal:
        costs = [terminal.cost(key) for key in (DOWN, RIGHT, DOWN, RIGHT, RIGHT, RIGHT, RIGHT, DOWN, DOWN)]
        assert all(50 < cost <= 300 for cost in costs), costs


def test_what_has_not_changed_is_not_sent():
    with Terminal(SCRIPT.replace("**OPTIONS", "")) as terminal:
        assert terminal.cost("r") == 0
        assert terminal.cost("m") <= 60
        assert terminal.cost("/") <= 1000, "the table is not painted again for a prompt"
        assert terminal.cost("enter") <= 1000, "nor when it is answered"


def test_a_second_of_the_spinner_costs_300_bytes():
    with Terminal(SCRIPT.replace("**OPTIONS", "")) as terminal:
        terminal.cost("b")
        time.sleep(2)
        assert 0 < terminal.cost() <= 2 * 300
