"""Who brought a paper copy over which content, who left when, and a signature's time on its device."""

from __future__ import annotations

from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("inspections", "0003_self_checks")]

    operations = [
        migrations.AddField("visit", "paper_by", models.CharField("纸质表登记人", max_length=40, blank=True, default=""), preserve_default=False),
        migrations.AddField("visit", "paper_hash", models.CharField("纸质表对应内容", max_length=64, blank=True, default=""), preserve_default=False),
        migrations.AddField("presence", "entered_by", models.CharField(max_length=40, blank=True, default=""), preserve_default=False),
        migrations.AddField("presence", "left_at", models.DateTimeField("离场时间", null=True, blank=True)),
        migrations.AddField("signature", "entered_at", models.DateTimeField("设备时间", null=True, blank=True)),
        AppendOnly("inspections_signature"),
    ]
