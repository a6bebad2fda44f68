"""What full-text search looks through: tables that Django does not know, kept up to date by triggers of the database.

SQLite: `ontology_entity_words` holds the words of every live entity, and the FTS5 table `ontology_entity_search` indexes
it. It has keys of its own, as VACUUM may renumber the rows of a table whose key is a UUID.
PostgreSQL: two columns of the entity itself, `search_words` (names weigh A) and `search_seq`.

2026-11-22, triggers of SQLite. Context: Django changes a column there by copying the table, which drops its triggers.
Decision: they are made again after every migrate. Consequence: a migration that changes entities' names or properties
after such a copy must run in a migrate of its own.
"""

from typing import Any

MOST_LETTERS = 65_536  # of an entity's properties

BODY = f"(SELECT substr(group_concat(atom, ' '), 1, {MOST_LETTERS}) FROM json_tree({{row}}.properties) WHERE type = 'text')"
# FTS5 forgets a row only when told word for word what it said.
UNSAY = """
    INSERT INTO ontology_entity_search(ontology_entity_search, rowid, name, body)
    SELECT 'delete', id, name, body FROM ontology_entity_words WHERE entity_id = old.id;
"""
SAY = """
    INSERT INTO ontology_entity_search(rowid, name, body)
    SELECT id, name, body FROM ontology_entity_words WHERE entity_id = new.id;
"""
SQLITE_TABLES = [
    """
    CREATE TABLE ontology_entity_words (
        id INTEGER PRIMARY KEY AUTOINCREMENT, entity_id char(32) NOT NULL UNIQUE, name TEXT NOT NULL, body TEXT
    )
    """,
    """
    CREATE VIRTUAL TABLE ontology_entity_search USING fts5(
        name, body, content = 'ontology_entity_words', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )
    """,
]
SQLITE_TRIGGERS = [
    f"""
    CREATE TRIGGER IF NOT EXISTS entity_words_new AFTER INSERT ON ontology_entity WHEN new.deleted_at IS NULL BEGIN
        INSERT INTO ontology_entity_words(entity_id, name, body) VALUES (new.id, new.name, {BODY.format(row="new")});
        {SAY}
    END
    """,
    f"""
    CREATE TRIGGER IF NOT EXISTS entity_words_changed AFTER UPDATE OF name, properties, deleted_at ON ontology_entity
    WHEN new.name IS NOT old.name OR new.properties IS NOT old.properties OR new.deleted_at IS NOT old.deleted_at BEGIN
        {UNSAY}
        INSERT INTO ontology_entity_words(entity_id, name, body)
        SELECT new.id, new.name, {BODY.format(row="new")} WHERE new.deleted_at IS NULL
        ON CONFLICT (entity_id) DO UPDATE SET name = excluded.name, body = excluded.body;
        DELETE FROM ontology_entity_words WHERE entity_id = new.id AND new.deleted_at IS NOT NULL;
        {SAY}
    END
    """,
    f"""
    CREATE TRIGGER IF NOT EXISTS entity_words_gone AFTER DELETE ON ontology_entity BEGIN
        {UNSAY}
        DELETE FROM ontology_entity_words WHERE entity_id = old.id;
    END
    """,
]
SQLITE_FILL = [
    f"""
    INSERT INTO ontology_entity_words(entity_id, name, body)
    SELECT id, name, {BODY.format(row="ontology_entity")} FROM ontology_entity WHERE deleted_at IS NULL
    ORDER BY created_at, id
    """,
    "INSERT INTO ontology_entity_search(ontology_entity_search) VALUES ('rebuild')",
]
SQLITE_DROP = [
    *(f"DROP TRIGGER IF EXISTS entity_words_{what}" for what in ("new", "changed", "gone")),
    "DROP TABLE IF EXISTS ontology_entity_search",
    "DROP TABLE IF EXISTS ontology_entity_words",
]

# Without accents, in small letters, and with a blank for every ASCII sign, so that the parser takes no word for an
# address, a number or a path: both databases cut a text into the same words.
PLAIN = r"""lower(regexp_replace(regexp_replace(normalize({text}, NFKD), '[\u0300-\u036f]+', '', 'g'),
    '[\u0001-/:-@\[-`{{-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g'))"""
POSTGRES = [
    f"""
    CREATE FUNCTION ontology_search_words(name text, properties jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
        SELECT setweight(to_tsvector('simple', {PLAIN.format(text="name")}), 'A') || to_tsvector('simple', (
            SELECT {PLAIN.format(text=f"left(coalesce(string_agg(value #>> '{{}}', ' '), ''), {MOST_LETTERS})")}
            FROM jsonb_path_query(properties, 'strict $.** ? (@.type() == "string")') AS value
        ))
    $$
    """,
    """
    CREATE FUNCTION ontology_entity_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' OR NEW.name IS DISTINCT FROM OLD.name OR NEW.properties IS DISTINCT FROM OLD.properties THEN
            NEW.search_words := ontology_search_words(NEW.name, NEW.properties);
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "ALTER TABLE ontology_entity ADD COLUMN search_words tsvector, ADD COLUMN search_seq bigint",
    """
    UPDATE ontology_entity SET search_words = ontology_search_words(name, properties), search_seq = place
    FROM (SELECT id AS found, row_number() OVER (ORDER BY created_at, id) AS place FROM ontology_entity) AS places
    WHERE id = found
    """,
    "CREATE SEQUENCE ontology_entity_search_seq OWNED BY ontology_entity.search_seq",
    "SELECT setval('ontology_entity_search_seq', (SELECT coalesce(max(search_seq), 0) + 1 FROM ontology_entity), false)",
    "ALTER TABLE ontology_entity ALTER COLUMN search_seq SET DEFAULT nextval('ontology_entity_search_seq')",
    """
    CREATE TRIGGER entity_words BEFORE INSERT OR UPDATE ON ontology_entity
    FOR EACH ROW EXECUTE FUNCTION ontology_entity_words()
    """,
    "CREATE INDEX entity_search_words ON ontology_entity USING gin (search_words) WHERE deleted_at IS NULL",
    "CREATE INDEX entity_search_seq ON ontology_entity (search_seq DESC) WHERE deleted_at IS NULL",
]
POSTGRES_DROP = [
    "DROP TRIGGER entity_words ON ontology_entity",
    "ALTER TABLE ontology_entity DROP COLUMN search_words, DROP COLUMN search_seq",
    "DROP FUNCTION ontology_entity_words()",
    "DROP FUNCTION ontology_search_words(text, jsonb)",
]


def install(connection: Any) -> None:
    """Make tables, columns and triggers, and fill them with the words of what is there."""
    is_sqlite = connection.vendor == "sqlite"
    _run(connection, [*SQLITE_TABLES, *SQLITE_FILL, *SQLITE_TRIGGERS] if is_sqlite else POSTGRES)


def remove(connection: Any) -> None:
    _run(connection, SQLITE_DROP if connection.vendor == "sqlite" else POSTGRES_DROP)


def restore_triggers(connection: Any) -> None:
    """Make again what a copied table lost (SQLite alone); nothing before the tables are there."""
    if connection.vendor == "sqlite" and "ontology_entity_words" in connection.introspection.table_names():
        _run(connection, SQLITE_TRIGGERS)


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
