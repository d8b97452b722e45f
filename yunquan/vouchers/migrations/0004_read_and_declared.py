
import django.db.models.deletion
from django.db import migrations, models

from yunquan.journal.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0004_read_and_declared'),
        ('vouchers', '0003_search_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='evidence.declaredparty')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claim_parties', to='vouchers.voucher')),
            ],
        ),
        migrations.CreateModel(
            name='RelatedDeclaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('enterprise', '企业'), ('supplier', '供应商')], max_length=10, verbose_name='申报方')),
                ('is_related', models.BooleanField(verbose_name='存在关联关系')),
                ('note', models.TextField(blank=True, verbose_name='关联关系说明')),
                ('fair_price_vowed', models.BooleanField(default=False, verbose_name='承诺价格公允')),
                ('declared_by', models.CharField(max_length=40)),
                ('declared_at', models.DateTimeField(verbose_name='申报时间')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='related_declarations', to='vouchers.voucher')),
            ],
        ),
        migrations.CreateModel(
            name='SecondLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('application', '申领审核'), ('claim', '兑现审核')], max_length=12, verbose_name='环节')),
                ('content_hash', models.CharField(max_length=64, verbose_name='所看内容')),
                ('agrees', models.BooleanField(verbose_name='同意')),
                ('note', models.TextField(verbose_name='意见')),
                ('person', models.CharField(max_length=40)),
                ('looked_at', models.DateTimeField(verbose_name='复核时间')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='second_looks', to='vouchers.voucher')),
            ],
        ),
        AppendOnly("vouchers_relateddeclaration"),
        AppendOnly("vouchers_secondlook"),
    ]
