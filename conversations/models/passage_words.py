"""What the full-text search of passages looks through, which Django does not know.

SQLite: the FTS5 table `conversations_passage_search` indexes the texts where they lie, in `conversations_passage`. Its rows
have the passages' own keys, integers that neither VACUUM nor a copy of the table renumbers. The account's id is a word of
the index, so that a question walks through nobody else's passages. No triggers, which a copied table would lose: the verbs
that write passages write here in the same transaction (verbs/passages.py).
PostgreSQL: a column that the database computes from the text.

Both fold case and accents and cut English words to their stems; words of other languages are found as they are written.
"""

from typing import Any

from ontology.models.search_words import PLAIN

SQLITE = [
    """
    CREATE VIRTUAL TABLE conversations_passage_search USING fts5(
        user_id, text, content = 'conversations_passage', content_rowid = 'id',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    "INSERT INTO conversations_passage_search(conversations_passage_search) VALUES ('rebuild')",
]
SQLITE_DROP = ["DROP TABLE IF EXISTS conversations_passage_search"]
POSTGRES = [
    f"""
    ALTER TABLE conversations_passage ADD COLUMN search_words tsvector
    GENERATED ALWAYS AS (to_tsvector('english', {PLAIN.format(text="text")})) STORED
    """,
    "CREATE INDEX passage_search_words ON conversations_passage USING gin (search_words)",
]
POSTGRES_DROP = ["ALTER TABLE conversations_passage DROP COLUMN search_words"]

SAY = "INSERT INTO conversations_passage_search(rowid, user_id, text) SELECT id, user_id, text FROM conversations_passage WHERE id IN ({ids})"
# FTS5 forgets a row only when told word for word what it said, so this comes before the rows change or go. What it never
# knew, such as a passage that was written past the verbs, it must not be told to forget.
UNSAY = """
    INSERT INTO conversations_passage_search(conversations_passage_search, rowid, user_id, text)
    SELECT 'delete', id, user_id, text FROM conversations_passage
    WHERE file_id = %s AND id IN (SELECT id FROM conversations_passage_search_docsize)
"""
JOIN_PIECES = "INSERT INTO conversations_passage_search(conversations_passage_search) VALUES ('optimize')"


def install(connection: Any) -> None:
    _run(connection, SQLITE if connection.vendor == "sqlite" else POSTGRES)


def remove(connection: Any) -> None:
    _run(connection, SQLITE_DROP if connection.vendor == "sqlite" else POSTGRES_DROP)


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
