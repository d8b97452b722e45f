from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """The voucher 服务券 from draft to payment."""

    name = "yunquan.vouchers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "服务券"
