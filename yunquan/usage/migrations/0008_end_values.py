"""Who else declares an end is asked for at every attestation and review."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0007_reach_and_withdrawal")]

    operations: ClassVar = [
        migrations.AddIndex("end", models.Index(fields=["value"], name="usage_end_value")),
    ]
