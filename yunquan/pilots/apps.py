from django.apps import AppConfig


class PilotsConfig(AppConfig):
    """Pilots 试点示范: applied for, judged by experts, given quota, finished in time or their title withdrawn."""

    name = "yunquan.pilots"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "试点示范"
