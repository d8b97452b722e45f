from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """Settlement lists, publicity, objections, payment and recovery."""

    name = "yunquan.settlement"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "结算"
