"""The sessions and the patience of the tests of screens, the journal of those of changes."""

from tests.changes.conftest import journal as journal
from tests.screens.conftest import make_app as make_app
from tests.screens.conftest import make_session as make_session
from tests.screens.conftest import until as until
