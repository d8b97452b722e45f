"""A moment is named for what it is: fetched_to_at."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("usage", "0005_end_guards")]

    operations = [migrations.RenameField("pullsource", "fetched_until", "fetched_to_at")]
