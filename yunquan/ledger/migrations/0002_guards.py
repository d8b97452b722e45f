"""The guards that keep these rows as they were written (M3)."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("journal", "0002_head_and_guards")]

    operations = [AppendOnly("ledger_transfer")]
