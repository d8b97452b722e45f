from django.db import migrations

from yunquan.vouchers.pairs import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0004_read_and_declared")]

    # PostgreSQL alone holds the pieces in another form than before.
    operations = [SearchIndex(only="postgresql")]
