"""What a plan puts together, picks and leaves out with reasons; when it was entered; reserves passed over."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0004_visit_papers_and_presence")]

    operations = [
        migrations.AddField("plan", "merged", models.JSONField("合并的分层", default=dict, blank=True)),
        migrations.AddField("plan", "mandatory", models.JSONField("指定的服务券", default=dict, blank=True)),
        migrations.AddField("plan", "left_out", models.JSONField("排除的服务券", default=dict, blank=True)),
        migrations.AddField("plan", "accepted_by", models.CharField(max_length=40, blank=True, default=""),
                            preserve_default=False),
        migrations.AddField("plan", "entered_at", models.DateTimeField("列入时间", null=True, blank=True)),
        migrations.AddField(
            "planitem", "passed_reason",
            models.CharField("跳过理由", max_length=300, blank=True, default=""), preserve_default=False,
        ),
    ]  # fmt: skip
