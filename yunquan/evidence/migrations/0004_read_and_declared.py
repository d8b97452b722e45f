
import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0003_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='Fingerprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('text_key', models.BigIntegerField(db_index=True, null=True, verbose_name='文字指纹')),
                ('sketch', models.BinaryField(verbose_name='比对指纹')),
                ('error', models.TextField(blank=True, verbose_name='未能比对的原因')),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Alike',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('one', models.CharField(db_index=True, max_length=64, verbose_name='内容甲')),
                ('other', models.CharField(db_index=True, max_length=64, verbose_name='内容乙')),
                ('kind', models.CharField(max_length=20, verbose_name='相似方式')),
                ('score', models.IntegerField(verbose_name='相似度（千分）')),
                ('why', models.TextField(verbose_name='相似之处')),
                ('found_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('one', 'other', 'kind'), name='evidence_alike_once'), models.CheckConstraint(condition=models.Q(('score__gte', 0), ('score__lte', 1000)), name='evidence_alike_thousandths')],
            },
        ),
        migrations.CreateModel(
            name='DeclaredParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(max_length=12, verbose_name='代替')),
                ('name', models.CharField(max_length=120, verbose_name='单位名称')),
                ('uscc', models.CharField(blank=True, max_length=20, verbose_name='统一社会信用代码')),
                ('relation', models.CharField(max_length=12, verbose_name='关系')),
                ('reason', models.TextField(verbose_name='说明')),
                ('accepted_by', models.CharField(blank=True, max_length=40, verbose_name='认可人')),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='认可时间')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
            ],
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('reader', models.CharField(max_length=12, verbose_name='读取方式')),
                ('version', models.IntegerField(verbose_name='读取程序版本')),
                ('facts', models.JSONField(null=True, verbose_name='读到的内容')),
                ('error', models.TextField(blank=True, verbose_name='未读成的原因')),
                ('read_at', models.DateTimeField(verbose_name='读取时间')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sha256', 'reader', 'version'), name='evidence_read_once_a_version')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(db_index=True, max_length=60, verbose_name='发票键')),
                ('kind', models.CharField(choices=[('red', '红冲'), ('void', '作废')], max_length=8)),
                ('happened_on', models.DateField(verbose_name='发生日期')),
                ('reversed_fen', models.BigIntegerField(blank=True, null=True, verbose_name='红冲金额')),
                ('red_number', models.CharField(blank=True, max_length=20, verbose_name='红字发票号码')),
                ('note', models.TextField(verbose_name='来源说明')),
                ('raised_by', models.CharField(max_length=40)),
                ('raised_at', models.DateTimeField(verbose_name='登记时间')),
                ('answer', models.CharField(choices=[('open', '待核查'), ('lifted', '核查后解除'), ('upheld', '属实')], default='open', max_length=8)),
                ('answered_by', models.CharField(blank=True, max_length=40)),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='核查时间')),
                ('answer_reason', models.TextField(blank=True, verbose_name='核查结论')),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.storedfile')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reversed_fen__isnull', True), ('reversed_fen__gt', 0), _connector='OR'), name='evidence_reversed_positive'), models.UniqueConstraint(fields=('key', 'kind', 'red_number'), name='evidence_one_alarm_a_reversal')],
            },
        ),
        migrations.CreateModel(
            name='LikenessBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lane', models.IntegerField(verbose_name='带号')),
                ('value', models.BigIntegerField(verbose_name='带值')),
                ('fingerprint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bands', to='evidence.fingerprint')),
            ],
            options={
                'indexes': [models.Index(fields=['lane', 'value', '-id'], name='evidence_by_band')],
            },
        ),
        AppendOnly("evidence_reading"),
        AppendOnly("evidence_fingerprint"),
        AppendOnly("evidence_likenessband"),
        AppendOnly("evidence_alike"),
        AppendOnly(
            "evidence_declaredparty",
            frozen_columns=("part", "name", "uscc", "relation", "reason", "file_id"),
        ),
        AppendOnly(
            "evidence_invoicealarm",
            frozen_columns=(
                "key", "kind", "happened_on", "reversed_fen", "red_number", "note", "file_id", "raised_by", "raised_at",
            ),
        ),
    ]
