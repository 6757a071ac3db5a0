"""Roles to speak as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kobotui.demo.server import DemoServer


@pytest.fixture(scope="module")
def people(shared_demo: DemoServer) -> Iterator[People]:
    """Clients on the module's server."""
    people = People(shared_demo)
    yield people
    people.close()
