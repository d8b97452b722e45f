from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """What leaves the house: mail and short messages to the people whom a notice concerns."""

    name = "yunquan.dispatch"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "通知发送"
