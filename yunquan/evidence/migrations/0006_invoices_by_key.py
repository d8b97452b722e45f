from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0005_alarms_again'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['key'], name='evidence_invoice_by_key'),
        ),
    ]
