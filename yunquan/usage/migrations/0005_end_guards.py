"""A declared end is never rewritten or deleted: it is withdrawn, and who declared it stays (M3, D47-5.12)."""

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("usage", "0004_guards"), ("journal", "0002_head_and_guards")]

    operations = [
        AppendOnly(
            "usage_end",
            frozen_columns=("voucher", "service", "side", "kind", "value", "port", "declared_by", "declared_at"),
        ),
    ]
