import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0006_invoices_by_key'),
        ('parties', '0005_before_a_change'),
    ]

    operations = [
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('supplier_cancelled', '被取消供应商资格'), ('barred', '被限期不得申请财政扶持'), ('suspended', '被暂停享受本政策')], max_length=20, verbose_name='处理')),
                ('uscc', models.CharField(max_length=18, verbose_name='统一社会信用代码')),
                ('reason', models.TextField(verbose_name='理由')),
                ('article', models.CharField(max_length=40, verbose_name='依据')),
                ('regime', models.CharField(blank=True, max_length=40, verbose_name='抽查规程')),
                ('source', models.CharField(max_length=80, verbose_name='来源')),
                ('bureau', models.CharField(max_length=6, verbose_name='作出机关')),
                ('from_on', models.DateField(verbose_name='自')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='至')),
                ('state', models.CharField(default='stands', max_length=20)),
                ('version', models.IntegerField(default=0)),
                ('entered_by', models.CharField(max_length=40)),
                ('entered_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='公布时间')),
                ('ended_by', models.CharField(blank=True, max_length=40)),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('ended_reason', models.TextField(blank=True, verbose_name='解除理由')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
                ('ended_document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
                ('enterprise', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='parties.enterprise')),
                ('supplier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='parties.supplier')),
            ],
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='申诉理由')),
                ('filed_by', models.CharField(max_length=40)),
                ('filed_at', models.DateTimeField(verbose_name='申诉时间')),
                ('state', models.CharField(db_index=True, default='filed', max_length=20)),
                ('version', models.IntegerField(default=0)),
                ('answer', models.TextField(blank=True, verbose_name='裁定理由')),
                ('decided_by', models.CharField(blank=True, max_length=40)),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='裁定时间')),
                ('files', models.ManyToManyField(related_name='+', to='evidence.storedfile')),
                ('standing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='parties.standing')),
            ],
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['uscc', 'state'], name='parties_standing_of_firm'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('enterprise__isnull', True), ('supplier__isnull', False)), models.Q(('enterprise__isnull', False), ('supplier__isnull', True)), _connector='OR'), name='parties_standing_one_party'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='parties_standing_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.UniqueConstraint(condition=models.Q(('enterprise__isnull', False)), fields=('source', 'kind', 'enterprise'), name='parties_standing_once_enterprise'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.UniqueConstraint(condition=models.Q(('supplier__isnull', False)), fields=('source', 'kind', 'supplier'), name='parties_standing_once_supplier'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'filed')), fields=('standing',), name='parties_one_open_appeal'),
        ),
        AppendOnly(
            "parties_standing",
            frozen_columns=(
                "kind", "enterprise_id", "supplier_id", "uscc", "reason", "article", "regime", "source",
                "bureau", "document_id", "from_on", "until_on", "entered_by", "entered_at",
            ),
        ),
        AppendOnly("parties_appeal", frozen_columns=("standing_id", "text", "filed_by", "filed_at")),
    ]
