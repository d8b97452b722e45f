from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """A city's own subsidy on top 地方配套, from its own funds, shown apart."""

    name = "yunquan.matching"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "地方配套"
