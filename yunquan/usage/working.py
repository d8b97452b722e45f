"""What the worker does: loads what was delivered, fetches what is due, removes what nobody waits for."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from yunquan.usage import deliveries, pulling

LOG = logging.getLogger(__name__)


@dataclass
class Worked:
    """What a round did, in words that a log can keep."""

    done: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def count(self, what: str, times: int = 1) -> None:
        """So many more of one kind."""
        if times:
            self.done[what] = self.done.get(what, 0) + times


def work(now: datetime) -> Worked:
    """One round: pulls first, so that what they bring is loaded in the same round. A second round finds nothing."""
    told = Worked()
    pulled = pulling.pull_due(now)
    told.count("periods_pulled", pulled.done)
    told.count("pulls_failed", len(pulled.failed))
    told.refused += pulled.failed
    load_waiting(now, told)
    told.count("inbox_swept", deliveries.sweep())
    return told


def load_waiting(now: datetime, told: Worked) -> None:
    """Load every delivery that waits; where the store is taken or full, the rest waits on."""
    from yunquan.usage.store import StoreBusy, StoreFailed

    for row in deliveries.waiting():
        try:
            after = deliveries.load(delivery=row, now=now)
        except (StoreBusy, StoreFailed) as wait:
            told.refused.append(str(wait))
            return
        except Exception as fault:
            # One file that nobody foresaw must not keep the others waiting.
            LOG.exception("delivery %s was not loaded", row.pk)
            told.refused.append(f"{row.journal_key}: {type(fault).__name__}")
            continue
        told.count(f"deliveries_{after.state}")
