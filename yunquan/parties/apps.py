from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Enterprises, suppliers, bureaus, people, their roles and their standing."""

    name = "yunquan.parties"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "主体"
