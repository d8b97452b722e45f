from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0004_read_and_declared'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='invoicealarm',
            name='evidence_one_alarm_a_reversal',
        ),
        migrations.AddConstraint(
            model_name='invoicealarm',
            constraint=models.UniqueConstraint(condition=models.Q(('answer__in', ('open', 'upheld'))), fields=('key', 'kind', 'red_number'), name='evidence_one_alarm_a_reversal'),
        ),
        # SQLite makes a changed table anew, without its guards.
        AppendOnly(
            "evidence_invoicealarm",
            frozen_columns=(
                "key", "kind", "happened_on", "reversed_fen", "red_number", "note", "file_id", "raised_by", "raised_at",
            ),
        ),
    ]
