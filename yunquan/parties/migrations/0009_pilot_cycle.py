from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0008_contacts")]

    operations = [
        migrations.AddField(
            "supplier",
            "pilot_cycle",
            models.CharField(blank=True, default="", max_length=20, verbose_name="试点所属周期"),
        ),
    ]
