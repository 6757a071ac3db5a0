"""Whom to trust: the system's certificate store, and the authority an account names."""

from __future__ import annotations

import ssl
from functools import lru_cache

from kobotui.api.errors import NotConnected
from kobotui.locale import _


@lru_cache(maxsize=16)
def ssl_context(ca_file: str = "") -> ssl.SSLContext:
    """A context for an account's ``ca_file``; made once (about 20 ms) and shared by all loops.

    Raises ``NotConnected`` when ``ca_file`` cannot be used.
    """
    import truststore

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            sentence = _("The certificate file {path} cannot be used: {why}.")
            raise NotConnected(sentence.format(path=ca_file, why=error), transient=False) from error
    return context
