"""Every write: change -> plan -> steps -> apply -> journal.

A ``Change`` is a value that says what is intended; a ``Step`` is one request and the changes it serves;
``apply`` carries the steps out and writes the ``Journal``. Nothing else in kobotui writes to a server.
"""
