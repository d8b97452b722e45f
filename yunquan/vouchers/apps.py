from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """The voucher 服务券 from draft to payment."""

    name = "yunquan.vouchers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "服务券"

    def ready(self) -> None:
        """Tell usage, which lies below, how vouchers become cases to judge."""
        from yunquan.usage.cases import tells_cases
        from yunquan.vouchers.verification import cases_on

        tells_cases(cases_on)
