import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0007_supplier_waiting'),
    ]

    operations = [
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('inspection', '抽查未了结'), ('checked_first', '重点核查')], max_length=20, verbose_name='种类')),
                ('source', models.CharField(max_length=80, verbose_name='来源')),
                ('reason', models.CharField(max_length=300, verbose_name='原因')),
                ('article', models.CharField(max_length=40, verbose_name='依据')),
                ('held_by', models.CharField(max_length=40)),
                ('held_at', models.DateTimeField(verbose_name='暂缓时间')),
                ('lifted_by', models.CharField(blank=True, max_length=40)),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='解除时间')),
                ('lifted_reason', models.CharField(blank=True, max_length=300, verbose_name='解除理由')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_holds', to='vouchers.voucher')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['source', 'voucher'], name='voucher_hold_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('voucher', 'source'), name='voucher_held_once'), models.CheckConstraint(condition=models.Q(('lifted_at__isnull', True), models.Q(('lifted_by', ''), _negated=True), _connector='OR'), name='voucher_hold_lifted_by')],
            },
        ),
        AppendOnly(
            "vouchers_hold",
            frozen_columns=(
                "voucher_id", "kind", "source", "reason", "article", "held_by", "held_at",
            ),
        ),
    ]
