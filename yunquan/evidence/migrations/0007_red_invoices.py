import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0006_invoices_by_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='RedInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, verbose_name='蓝字发票键')),
                ('red_number', models.CharField(blank=True, max_length=20, verbose_name='红字发票号码')),
                ('seller_uscc', models.CharField(max_length=20, verbose_name='销售方税号')),
                ('issued_on', models.DateField(verbose_name='开票日期')),
                ('reversed_fen', models.BigIntegerField(blank=True, null=True, verbose_name='红冲金额')),
                ('org', models.CharField(max_length=80, verbose_name='上传单位')),
                ('read_at', models.DateTimeField(verbose_name='读到时间')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'org', 'red_number'), name='evidence_red_once_an_org')],
            },
        ),
        AppendOnly("evidence_redinvoice"),
    ]
