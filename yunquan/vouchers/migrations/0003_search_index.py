from django.db import migrations

from yunquan.vouchers.pairs import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0002_waiting_and_states")]

    operations = [SearchIndex()]
