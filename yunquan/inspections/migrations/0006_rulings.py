import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0007_red_invoices'),
        ('inspections', '0005_plan_picks'),
    ]

    operations = [
        migrations.AddField(
            model_name='hearing',
            name='parties',
            field=models.JSONField(default=dict, verbose_name='当事方到场情况'),
        ),
        migrations.AddField(
            model_name='opinion',
            name='org',
            field=models.CharField(default='', max_length=40, verbose_name='提交单位'),
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('concluded', '专家结论'), ('reconsidered', '说明后重新结论'), ('proposed', '拟处理意见'), ('sent_back', '退回重议'), ('decided', '处理决定'), ('reviewed', '省厅复核')], max_length=12, verbose_name='环节')),
                ('outcome', models.CharField(blank=True, max_length=40, verbose_name='结论')),
                ('grounds', models.JSONField(blank=True, default=list, verbose_name='依据')),
                ('text', models.TextField(blank=True, verbose_name='说明')),
                ('person', models.CharField(max_length=40)),
                ('role', models.CharField(max_length=30)),
                ('org', models.CharField(max_length=40)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
                ('inspection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='inspections.inspection')),
            ],
        ),
        # An altered table loses its triggers on SQLite.
        AppendOnly("inspections_opinion"),
        AppendOnly("inspections_hearing"),
        AppendOnly("inspections_ruling"),
    ]
