"""What people paste to name a project: a UID, or an address from the browser or the API."""

from __future__ import annotations

from urllib.parse import urlsplit

from kobotui.api.errors import BadAddress
from kobotui.locale import _
from kobotui.model.lists import uid_of


def project_uid(text: str, server: str) -> str | None:
    """The UID in what was pasted, None when it is no UID and no address: a name, perhaps.

    ``server`` is the account's. Raises ``BadAddress`` for an address on another server, or of no project.
    """
    text = text.strip()
    if not text.startswith(("http://", "https://")):
        return uid_of(text) or None
    if not is_on(text, server):
        raise BadAddress(
            _("That address is on another server than this account ({server}). Open it with an account there.").format(
                server=server
            )
        )
    if uid := uid_of(text):
        return uid
    raise BadAddress(_("That is not the address of a project: one has /forms/ and the project's UID in it."))


def is_on(url: str, server: str) -> bool:
    """Whether an address lies on a server, below its path where it has one."""
    try:
        there, here = urlsplit(url), urlsplit(server)
        same = (there.hostname, there.port or _port(there.scheme)) == (here.hostname, here.port or _port(here.scheme))
    except ValueError:
        return False
    return same and f"{there.path}/".startswith(f"{here.path.rstrip('/')}/")


def _port(scheme: str) -> int:
    return 80 if scheme == "http" else 443
