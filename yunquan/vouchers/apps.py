from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """The voucher 服务券 from draft to payment."""

    name = "yunquan.vouchers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "服务券"

    def ready(self) -> None:
        """Tell usage, which lies below, how vouchers become cases, and the database how to pair characters."""
        from django.db.backends.signals import connection_created

        from yunquan.usage.cases import tells_cases
        from yunquan.vouchers.pairs import teach
        from yunquan.vouchers.verification import cases_on

        tells_cases(cases_on)
        connection_created.connect(teach, dispatch_uid="yunquan.vouchers.pairs")
