"""The guards that keep verdicts, attempts and completion tables as they were written (M3).

The outcome "not_enough" of the first version is called not_enough_data from here on: the guard is lifted for that
one change and set again.
"""

from typing import Any

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


def rename_outcome(apps: Any, schema_editor: Any) -> None:
    """Carry the verdicts of the first version over to the new word."""
    guard = AppendOnly("usage_verdict")
    guard.database_backwards("usage", schema_editor, None, None)
    apps.get_model("usage", "Verdict").objects.filter(outcome="not_enough").update(outcome="not_enough_data")


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_behaviour_data"), ("journal", "0002_head_and_guards")]

    operations = [
        migrations.RunPython(rename_outcome, migrations.RunPython.noop),
        AppendOnly("usage_verdict"),
        AppendOnly("usage_serviceverdict"),
        AppendOnly("usage_pullattempt"),
        AppendOnly("usage_completionline"),
        AppendOnly(
            "usage_completiontable",
            frozen_columns=(
                "cycle_id", "city", "batch", "edition", "title", "from_on", "to_on", "count", "content_hash",
                "rule_version", "input_hash", "drafted_by", "drafted_at",
            ),
        ),
    ]
