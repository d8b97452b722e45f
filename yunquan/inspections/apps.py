from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Plans, draws, experts, visits, check tables, results, self-checks and rectification."""

    name = "yunquan.inspections"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "抽查"

    def ready(self) -> None:
        """Say which vouchers' use is to be rolled up although they were paid long ago."""
        from yunquan.inspections.selfcheck_queries import cases_on
        from yunquan.usage.cases import tells_cases

        tells_cases(cases_on)
