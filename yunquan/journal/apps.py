from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The log: who did what, when, by which article."""

    name = "yunquan.journal"
    default_auto_field = "django.db.models.BigAutoField"
