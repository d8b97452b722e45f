"""When the value of each public source will appear, and what shows that one stayed silent."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0007_reopened_and_summoned")]

    operations = [
        migrations.AddField(
            "plan", "due_at", models.JSONField("公开随机数产生时间", default=dict, blank=True)
        ),
        migrations.AddField("plan", "silent", models.JSONField("没有产生的随机源", default=dict, blank=True)),
    ]
