"""Who carries an end and how far a delivery reaches; a delivery may be taken back; verdicts say what is counted of them."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q

from yunquan.journal.append_only import AppendOnly

OPERATORS = [
    ("telecom", "中国电信"), ("mobile", "中国移动"), ("unicom", "中国联通"), ("broadcasting", "中国广电"),
    ("other", "其他运营商"),
]  # fmt: skip


def lift_guard(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL keeps the guard of an altered table: lifted while the new columns are filled."""
    AppendOnly("usage_verdict").database_backwards("usage", schema_editor, None, None)


def fill(apps: Any, schema_editor: Any) -> None:
    """Say of earlier verdicts what later ones say from the start."""
    rows = apps.get_model("usage", "Verdict").objects.prefetch_related("services")
    for row in rows.iterator(chunk_size=500):
        kinds = {str(one.get("label", "")) for part in row.services.all() for one in part.signals}
        row.is_watching = any(reason.get("code") == "watching" for reason in row.reasons)
        row.signal_kinds = len(kinds)
        if row.is_watching or kinds:
            row.save(update_fields=["is_watching", "signal_kinds"])


class Migration(migrations.Migration):
    dependencies = [("usage", "0006_fetched_to"), ("journal", "0002_head_and_guards")]

    operations: ClassVar = [
        migrations.RunPython(lift_guard, migrations.RunPython.noop),
        migrations.AddField(
            "end", "operator", models.CharField("运营商", blank=True, choices=OPERATORS, default="", max_length=16)
        ),
        migrations.AddField("verdict", "is_watching", models.BooleanField("持续观察", default=False)),
        migrations.AddField("verdict", "signal_kinds", models.IntegerField("异常种数", default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex("verdict", models.Index(fields=["voucher", "-id"], name="usage_verdict_latest")),
        migrations.AddField(
            "delivery", "operator", models.CharField("运营商", blank=True, choices=OPERATORS, default="", max_length=16)
        ),
        migrations.AddField("delivery", "cities", models.JSONField("覆盖地市", default=list)),
        migrations.AddField(
            "delivery",
            "withdrawn_reason",
            models.CharField("撤回理由", blank=True, default="", max_length=300),
        ),
        migrations.RemoveConstraint("delivery", "usage_one_delivery_per_file"),
        migrations.AddConstraint(
            "delivery",
            models.UniqueConstraint(
                fields=["source", "sha256"],
                condition=~Q(state__in=("refused", "withdrawn")),
                name="usage_one_delivery_per_file",
            ),
        ),
        AppendOnly("usage_verdict"),
        AppendOnly(
            "usage_end",
            frozen_columns=(
                "voucher", "service", "side", "kind", "value", "port", "operator", "declared_by", "declared_at",
            ),
        ),
    ]
