"""What was drawn, entered, signed, filed or effected is never changed (M3), held by the database."""

from __future__ import annotations

from django.db import migrations

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("inspections", "0001_initial")]

    operations = [
        AppendOnly("inspections_drawfile"),
        AppendOnly("inspections_sheetentry"),
        AppendOnly("inspections_signature"),
        AppendOnly("inspections_opinion"),
        AppendOnly("inspections_hearing"),
        AppendOnly("inspections_effect"),
    ]
