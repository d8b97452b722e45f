"""Lay down the bureaus of the province, its cities and counties: reference rows that everything names."""

from django.db import migrations

from yunquan.parties import regions


def found(apps, schema_editor):
    bureau = apps.get_model("parties", "Bureau")
    bureau.objects.bulk_create(
        [bureau(code=row.code, level=row.level, name=row.name, city=row.city) for row in regions.bureaus()],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]

    operations = [migrations.RunPython(found, migrations.RunPython.noop)]
