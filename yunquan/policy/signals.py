"""The thresholds of the signals on behaviour data: how each rule value `usage.signal.…` is written."""

from __future__ import annotations

from yunquan.policy.values import Count, Form, Ratio


class _Thresholds(Form):
    """What several signals share."""


class SharedClient(_Thresholds):
    """A client is shared from this many enterprises on, and counts from this share of the use on."""

    enterprises: Count
    share: Ratio


class ClientOrigin(_Thresholds):
    """The share of use from clients that can't be the enterprise's own."""

    share: Ratio


class MachineIntervals(_Thresholds):
    """How tightly starts gather on one phase of a period, or how even their intervals are, and for whom."""

    sessions: Count
    concentration: Ratio
    unevenness: Ratio
    share: Ratio


class IdenticalVolume(_Thresholds):
    """The share of at least so many active days whose volume is the same within a tolerance."""

    days: Count
    tolerance: Ratio
    share: Ratio


class OnlyAroundClaim(_Thresholds):
    """The share of use in a window around the claim, while so many days outside it had data."""

    days_before: Count
    days_after: Count
    outside_days: Count
    share: Ratio


class StopsAfterPayment(_Thresholds):
    """What is left of the use before payment, after some days of grace, over so many working days."""

    grace_days: Count
    working_days: Count
    left: Ratio


class SourcesDisagree(_Thresholds):
    """The share of days that one source shows and the other doesn't, from so many days on."""

    days: Count
    application_only: Ratio
    operator_only: Ratio


class CopiedLog(_Thresholds):
    """The share of busy days, from so many on, that are the same as another enterprise's."""

    sessions: Count
    days: Count
    share: Ratio


class MissingDevices(_Thresholds):
    """The share of the claimed devices that must have been seen."""

    seen: Ratio


class OneUser(_Thresholds):
    """One user's share, over so many days, when it is more or longer a day than one person's own work."""

    days: Count
    sessions_a_day: Count
    hours_a_day: Count
    share: Ratio


class ShutHours(_Thresholds):
    """The share of use at hours when the plant is shut, from so many sessions on."""

    sessions: Count
    share: Ratio


class WrongRegion(_Thresholds):
    """The share of use whose region is known and is not the enterprise's."""

    share: Ratio
