"""The house stands: what may be loaded by whom."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEADLESS = [
    "kobotui.model.access",
    "kobotui.api.client",
    "kobotui.changes.apply",
    "kobotui.jobs",
    "kobotui.cli",
    "kobotui.cli.access",
    "kobotui.accounts",
    "kobotui.actions",
    "kobotui.session",
]


def loaded_by(code: str) -> set[str]:
    """The modules in a fresh interpreter after ``code``."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", HEADLESS)
def test_textual_stays_out(module: str) -> None:
    assert not {name for name in loaded_by(f"import {module}") if name.partition(".")[0] == "textual"}


def test_jobs_can_be_imported_without_network_or_database() -> None:
    loaded = loaded_by("import kobotui.jobs")
    assert not loaded & {"httpx", "sqlite3", "keyring"}


def test_tables_of_rights_load_what_workbooks_need_only_for_a_workbook() -> None:
    assert not loaded_by("import kobotui.cli.access, kobotui.cli.audit") & {"openpyxl", "httpx"}
