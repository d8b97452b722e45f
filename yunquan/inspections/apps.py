from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Plans, draws, experts, visits, check tables, results, self-checks and rectification."""

    name = "yunquan.inspections"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "抽查"
