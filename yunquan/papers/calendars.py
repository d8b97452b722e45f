"""iCalendar files (RFC 5545) that a telephone or an office program takes in or subscribes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

CONTENT_TYPE = "text/calendar; charset=utf-8"
_MOST_BYTES = 73  # 75 with the end of the line.


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One appointment or deadline; `uid` stays the same when it moves, `sequence` then grows."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    text: str = ""
    place: str = ""
    sequence: int = 0
    is_tentative: bool = False


def calendar(events: Iterable[Event], *, name: str, now: datetime) -> str:
    """The events as one file, lines ended and folded as the standard asks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//yunquan//ZH", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_escaped(name)}")
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}@yunquan",
            f"SEQUENCE:{event.sequence}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(event.starts_at)}",
            f"DTEND:{_stamp(event.ends_at)}",
            f"SUMMARY:{_escaped(event.title)}",
            f"LOCATION:{_escaped(event.place)}",
            f"DESCRIPTION:{_escaped(event.text)}",
            f"STATUS:{'TENTATIVE' if event.is_tentative else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> str:
    """No line longer than 75 bytes, never cut within a sign.

    >>> max(len(part.encode()) for part in _folded("云" * 60).split("\\r\\n"))
    73
    """
    parts: list[str] = []
    part = ""
    for sign in line:
        if len((part + sign).encode()) > _MOST_BYTES - (1 if parts else 0):
            parts.append(part)
            part = ""
        part += sign
    return "\r\n ".join([*parts, part])
