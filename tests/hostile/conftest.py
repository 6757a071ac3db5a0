"""The journal of the tests of changes."""

from tests.changes.conftest import journal as journal
