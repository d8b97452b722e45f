"""The guards that keep what was asked and what was found as it was written (M3)."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("insight", "0001_initial"), ("journal", "0002_head_and_guards")]

    operations = [
        AppendOnly("insight_replay"),
        AppendOnly("insight_replayreport"),
        AppendOnly("insight_replayrow"),
        AppendOnly("insight_attachedreport"),
    ]
