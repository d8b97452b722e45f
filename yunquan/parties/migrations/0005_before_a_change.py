
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0004_waiting_and_states'),
    ]

    operations = [
        migrations.AddField(
            model_name='enterprise',
            name='approved',
            field=models.JSONField(blank=True, null=True, verbose_name='变更前的资料'),
        ),
    ]
