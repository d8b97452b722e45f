from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    """Cycles, targets, city quotas, windows, funds and rule changes."""

    name = "yunquan.programme"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "计划"
