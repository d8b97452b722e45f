"""Freeze published rule changes in the database itself."""

from django.db import migrations

from yunquan.programme.frozen import FrozenOncePublished


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial")]

    operations = [FrozenOncePublished("programme_rulechange")]
