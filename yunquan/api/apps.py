from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The JSON API."""

    name = "yunquan.api"
    default_auto_field = "django.db.models.BigAutoField"
