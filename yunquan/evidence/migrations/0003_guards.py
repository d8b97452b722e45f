"""A stored file's identity never changes (E1); only what a scanner found may be added."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_initial")]

    operations = [
        AppendOnly(
            "evidence_storedfile",
            frozen_columns=("sha256", "name", "media_type", "size", "org", "uploaded_by", "uploaded_at"),
        )
    ]
