from django.db import migrations

ADD = """
    ALTER TABLE ontology_change ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
    CREATE INDEX change_commit_order ON ontology_change (xid, id);
"""
DROP = "ALTER TABLE ontology_change DROP COLUMN xid"


def on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):
    """Readers of the seam follow the order of commits; see ontology/queries/changes.py."""

    dependencies = [("ontology", "0001_initial")]
    operations = [migrations.RunPython(on_postgresql(ADD), on_postgresql(DROP))]
