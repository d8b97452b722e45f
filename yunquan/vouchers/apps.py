from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """The voucher 服务券 from draft to payment."""

    name = "yunquan.vouchers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "服务券"

    def ready(self) -> None:
        """Say what lower layers ask of this one: how vouchers become cases, who hears of red invoices, pairs."""
        from django.db.backends.signals import connection_created

        from yunquan.evidence.alarms import tells_red
        from yunquan.usage.cases import tells_cases
        from yunquan.vouchers.actions.alarms import hear
        from yunquan.vouchers.pairs import teach
        from yunquan.vouchers.verification import cases_on

        tells_cases(cases_on)
        tells_red(hear)
        connection_created.connect(teach, dispatch_uid="yunquan.vouchers.pairs")
