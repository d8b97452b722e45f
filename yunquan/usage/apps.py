from django.apps import AppConfig


class UsageConfig(AppConfig):
    """Client and cloud ends, and verdicts on real use."""

    name = "yunquan.usage"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "行为数据"
