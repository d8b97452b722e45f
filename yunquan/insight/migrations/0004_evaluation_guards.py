"""The guards that keep frozen figures, replies, answers and changes by hand as they were written (M3)."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("insight", "0003_evaluations"), ("journal", "0002_head_and_guards")]

    operations = [
        AppendOnly("insight_evaluationline"),
        AppendOnly("insight_evaluationreply"),
        AppendOnly("insight_replyanswer"),
        AppendOnly("insight_industrysize"),
        AppendOnly("insight_splitline"),
        AppendOnly("insight_splitadjustment"),
    ]
