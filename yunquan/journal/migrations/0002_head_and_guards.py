"""The log's first head, and the guards that keep its rows as they were written (M3, L2)."""

import hashlib

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


def lay_head(apps, schema_editor):
    apps.get_model("journal", "LogHead").objects.create(pk=1, size=0, chain=hashlib.sha256(b"").hexdigest())


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.RunPython(lay_head, migrations.RunPython.noop),
        AppendOnly("journal_logentry"),
        AppendOnly("journal_logpayload", may_delete=True),
    ]
