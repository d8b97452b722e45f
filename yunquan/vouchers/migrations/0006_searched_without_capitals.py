"""What is searched is stored without capitals, as a search asks for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0005_pieces_as_numbers")]

    operations = [
        migrations.RunSQL(
            "UPDATE vouchers_voucher SET search_text = lower(search_text) WHERE search_text <> lower(search_text)",
            migrations.RunSQL.noop,
        )
    ]
