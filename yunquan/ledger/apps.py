from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The books: promises (额度), cash (资金), and the cities' own funds (配套)."""

    name = "yunquan.ledger"
    default_auto_field = "django.db.models.BigAutoField"
