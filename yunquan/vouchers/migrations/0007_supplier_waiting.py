from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0006_invoices_by_key"),
        ("parties", "0005_before_a_change"),
        ("programme", "0002_guards"),
        ("vouchers", "0006_searched_without_capitals"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                fields=["supplier", "state", "waiting_since", "id"], name="voucher_supplier_waiting"
            ),
        ),
    ]
