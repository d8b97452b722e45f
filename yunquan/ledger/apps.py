from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Two books: promises (额度) and cash (资金)."""

    name = "yunquan.ledger"
    default_auto_field = "django.db.models.BigAutoField"
