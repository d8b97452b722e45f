"""The one clock: the database's, so that no client and no server of a row orders anything (T2).

A demonstration moves it: `clock_offset` in its folder holds the seconds by which it lies off the real time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection

from yunquan.kernel.calendar import local_date


def read() -> datetime:
    """The present moment by the database's clock, aware."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
    else:
        moment = datetime.now(UTC)
    return moment + timedelta(seconds=offset_seconds())


def offset_seconds() -> int:
    """By how many seconds a demonstration's clock lies off; 0 anywhere else."""
    if not settings.YUNQUAN_DEMO:
        return 0
    kept = settings.YUNQUAN_DIR / "clock_offset"
    return int(kept.read_text()) if kept.exists() else 0


def today() -> date:
    """Today's date in Shanghai by the same clock."""
    return local_date(read())
