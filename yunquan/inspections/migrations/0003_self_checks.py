"""Who opened a self-check, what a city concluded, when a rectification was checked, who named and published whom."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import migrations, models

LONG_AGO = datetime(2018, 1, 1, tzinfo=UTC)


class Migration(migrations.Migration):
    dependencies = [("inspections", "0002_guards")]

    operations = [
        migrations.AddField(
            "selfcheck", "opened_by", models.CharField(max_length=40, default=""), preserve_default=False
        ),
        migrations.AddField(
            "selfcheck",
            "opened_at",
            models.DateTimeField("开启时间", default=LONG_AGO),
            preserve_default=False,
        ),
        migrations.AddField("selfcheck", "return_reason", models.TextField("退回理由", blank=True)),
        migrations.AddField(
            "selfcheckline", "conclusion", models.CharField("检查结论", max_length=40, blank=True)
        ),
        migrations.AddField(
            "rectification", "checked_at", models.DateTimeField("复查时间", null=True, blank=True)
        ),
        migrations.AddField(
            "candidate", "named_by", models.CharField(max_length=40, default=""), preserve_default=False
        ),
        migrations.AlterField("candidate", "named_at", models.DateTimeField("列入时间")),
        migrations.AddField("candidate", "published_by", models.CharField(max_length=40, blank=True)),
        migrations.AddField(
            "candidate", "published_at", models.DateTimeField("公布时间", null=True, blank=True)
        ),
    ]
