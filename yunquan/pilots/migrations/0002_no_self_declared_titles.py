"""A title that a registration form claimed for itself has no decision behind it: it is taken back (D47-6.2)."""

from __future__ import annotations

from django.db import migrations


def take_back(apps, schema_editor):
    apps.get_model("parties", "Supplier").objects.filter(is_pilot=True).update(is_pilot=False)


class Migration(migrations.Migration):
    dependencies = [("pilots", "0001_initial")]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
