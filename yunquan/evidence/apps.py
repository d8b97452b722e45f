from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Files, contracts, invoices, payment proofs and acceptance reports."""

    name = "yunquan.evidence"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "凭证"
