from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Replays of rule changes on the real vouchers, and their reports."""

    name = "yunquan.insight"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "规则试算"
