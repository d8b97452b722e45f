"""What screens read of usage: the ends of a voucher and the verdict that holds."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from yunquan.usage.models import End, Verdict


def ends_of(voucher: str) -> list[End]:
    """The ends that hold now."""
    return list(End.objects.filter(voucher=voucher, withdrawn_at=None).order_by("service", "side", "pk"))


def latest_verdict(voucher: str) -> Verdict | None:
    """The verdict that holds: the latest recorded."""
    return Verdict.objects.filter(voucher=voucher).order_by("-pk").first()


def latest_outcome(voucher: str) -> str:
    """The outcome that holds, or an empty text while there is none."""
    verdict = latest_verdict(voucher)
    return verdict.outcome if verdict is not None else ""


def verdicts_of(voucher: str) -> list[Verdict]:
    """All verdicts of a voucher, oldest first."""
    return list(Verdict.objects.filter(voucher=voucher).order_by("pk"))


def ends_among(numbers: Any) -> QuerySet[End]:
    """The ends that hold of many vouchers, latest first; `numbers` may be a query of voucher numbers."""
    return End.objects.filter(voucher__in=numbers, withdrawn_at=None).order_by("-pk")
