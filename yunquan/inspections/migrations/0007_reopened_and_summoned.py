"""Who was asked to a hearing, the grounds of a proposal, and a decision that is taken again after a failed rectification."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


def grounds_of_proposals(apps: Any, schema_editor: Any) -> None:
    """What waits for its decision keeps the grounds that it was proposed with."""
    inspections = apps.get_model("inspections", "Inspection").objects.using(schema_editor.connection.alias)
    for row in inspections.filter(state="proposed"):
        said = row.rulings.filter(step="proposed").order_by("-pk").first()
        row.proposed_grounds = said.grounds if said is not None else row.grounds
        row.save(update_fields=["proposed_grounds"])


class Migration(migrations.Migration):
    dependencies = [("inspections", "0006_rulings")]

    operations = [
        migrations.AddField(
            "inspection", "proposed_grounds", models.JSONField("拟处理依据", default=list, blank=True)
        ),
        migrations.CreateModel(
            name="Summons",
            fields=[
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("org", models.CharField(max_length=40, verbose_name="当事方")),
                ("held_at", models.DateTimeField(verbose_name="陈述申辩时间")),
                ("place", models.CharField(max_length=200, verbose_name="地点或会议号")),
                ("summoned_by", models.CharField(max_length=40)),
                ("summoned_at", models.DateTimeField(verbose_name="通知时间")),
                ("inspection", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="summonses",
                    to="inspections.inspection")),
            ],
        ),
        migrations.AlterField(
            "ruling", "step",
            models.CharField(
                "环节", max_length=12,
                choices=[
                    ("concluded", "专家结论"), ("reconsidered", "说明后重新结论"), ("proposed", "拟处理意见"),
                    ("sent_back", "退回重议"), ("decided", "处理决定"), ("reviewed", "省厅复核"),
                    ("reopened", "整改不到位，重新处理"),
                ],
            ),
        ),
        migrations.AlterField(
            "rectification", "inspection",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rectifications",
                to="inspections.inspection"),
        ),
        migrations.AddConstraint(
            "rectification",
            models.UniqueConstraint(
                fields=["inspection"], condition=~models.Q(state="failed"),
                name="inspections_rectification_once"),
        ),
        migrations.RemoveConstraint("effect", "inspections_effect_once"),
        migrations.AddField(
            "effect", "round", models.PositiveSmallIntegerField("第几次处理", default=1)
        ),
        migrations.AddConstraint(
            "effect",
            models.UniqueConstraint(
                fields=["inspection", "round", "code", "obj"], name="inspections_effect_once_a_round"),
        ),
        # An altered table loses its triggers on SQLite.
        AppendOnly("inspections_summons"),
        AppendOnly("inspections_ruling"),
        AppendOnly("inspections_effect"),
        migrations.RunPython(grounds_of_proposals, migrations.RunPython.noop, elidable=True),
    ]  # fmt: skip
