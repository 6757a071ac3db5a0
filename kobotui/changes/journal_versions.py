"""The tables of the journal, as SQL: what each version of it added."""

VERSIONS = (
    (
        """
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    account TEXT NOT NULL,
    server TEXT NOT NULL,
    warnings TEXT NOT NULL,
    created TEXT NOT NULL,
    ended TEXT
) STRICT""",
        """
CREATE TABLE change (
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    position INTEGER NOT NULL,
    step INTEGER NOT NULL,
    change TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    started TEXT,
    ended TEXT,
    PRIMARY KEY (job, position)
) STRICT""",
    ),
    (
        "ALTER TABLE job ADD COLUMN mark TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE job ADD COLUMN undoes INTEGER",
        """
CREATE TABLE note (
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    step INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (job, step)
) STRICT""",
    ),
    (
        "UPDATE job SET mark = lower(hex(randomblob(16))) WHERE mark = ''",
        "UPDATE note SET text = json_object('text', text)",
    ),
)
"""What each version of the journal added; an older journal is brought up to date when it is opened."""
VERSION = len(VERSIONS)
