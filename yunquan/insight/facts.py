"""What vouchers pinned, read in a bounded number of queries, in pieces, into columns of whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, F, Func, QuerySet, Sum, TextField

from yunquan.parties.models import Enterprise
from yunquan.policy.bulk_refusals import UNKNOWN, Applicants, Papers
from yunquan.policy.bulk_replay import NOT_STATED, Cases
from yunquan.policy.values import SIZES
from yunquan.settlement.models import Objection
from yunquan.vouchers.lifecycle import CEILING, S
from yunquan.vouchers.models import ClaimInvoice, ClaimProof, ServiceLine, Voucher

STATES = tuple(CEILING)
APPROVED = (S.APPROVED, S.LISTED, S.ORDERED, S.PAID, S.RECOVERED)
PIECE = 20_000
_STATE = {state.value: place for place, state in enumerate(STATES)}
_SIZE = {word: place for place, size in enumerate(SIZES) for word in (size, size[:5])}
Progress = Callable[[int, int], None]


class _Size(Func):
    """The enterprise's size as the voucher pinned it, or the first five letters of it, as text.

    It stands at the beginning of what is kept, where it is found without reading the rest.
    """

    output_field = TextField()
    template = (
        'CASE substr(%(expressions)s, 1, 21) WHEN \'{"enterprise_size": "\' THEN substr(%(expressions)s, 22, 5) '
        "ELSE json_extract(%(expressions)s, '$.enterprise_size') END"
    )

    def as_postgresql(self, compiler: Any, wanted: Any, **more: Any) -> Any:
        return self.as_sql(compiler, wanted, template="(%(expressions)s ->> 'enterprise_size')", **more)


class _AsKept(Func):
    """A column as the embedded database keeps it, without being made a date or a truth value for each row."""

    output_field = TextField()
    template = "%(expressions)s || ''"

    def as_postgresql(self, compiler: Any, wanted: Any, **more: Any) -> Any:
        return self.as_sql(compiler, wanted, template="%(expressions)s", **more)


class _Moment(_AsKept):
    """A moment as text that keeps its microseconds, in UTC."""

    def as_postgresql(self, compiler: Any, wanted: Any, **more: Any) -> Any:
        written = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        return self.as_sql(compiler, wanted, template=written, **more)


@dataclass(slots=True)
class Facts:
    """The vouchers that count, in columns: by enterprise and cycle, within them in order of application.

    `cycle` is a place in `cycles`, `state` one in STATES; money in fen, days since 1970, moments in microseconds.
    """

    cycles: tuple[int, ...]
    pk: np.ndarray
    cycle: np.ndarray
    enterprise: np.ndarray
    city: np.ndarray
    state: np.ndarray
    applied: np.ndarray
    face_fen: np.ndarray
    bonus_fen: np.ndarray
    is_pilot: np.ndarray
    claim_seq: np.ndarray
    payable_fen: np.ndarray
    cases: Cases
    applicants: Applicants | None
    papers: Papers
    outside: dict[str, int]

    def __len__(self) -> int:
        return len(self.pk)


_COLUMNS = (
    "pk", "cycle_id", "enterprise_id", "city", "state", "day", "moment", "pinned_size", "awarded_before_fen",
    "face_fen", "bonus_fen", "pilot", "claim_seq", "contract__total_fen", "signed",
    "implementation_city",
)  # fmt: skip


def read(
    cycles: Sequence[int], *, with_applicants: bool = True, progress: Progress = lambda _done, _total: None
) -> Facts:
    """Read every voucher of some cycles that counts under the ceiling, with all that a replay asks of it.

    What enterprises state about themselves is read only where their eligibility is to be judged. At most eight
    queries, however many vouchers there are, on one snapshot of the database.
    """
    with _snapshot():
        rows = Voucher.objects.filter(cycle__in=cycles).order_by()
        counts = dict(rows.values_list("state").annotate(count=Count("pk")))
        counted = rows.filter(state__in=STATES)
        total = sum(count for state, count in counts.items() if state in _STATE)
        found = _vouchers(counted, total, progress)
        lines = _table(
            ServiceLine.objects.filter(voucher__in=counted.values("pk")).order_by(),
            ("voucher_id", "position", "service", "fee_fen", "devices"),
        )
        enterprises = _enterprises(counted) if with_applicants else {"pk": np.zeros(0, dtype=np.int64)}
        invoices, proofs, reduced = _sums(counted)
    outside = {state: count for state, count in counts.items() if state not in _STATE}
    return _laid_out(tuple(cycles), found, lines, enterprises, invoices, proofs, reduced, outside)


def _vouchers(counted: QuerySet[Voucher], total: int, progress: Progress) -> dict[str, np.ndarray]:
    written = counted.annotate(
        pinned_size=_Size(F("explanation")),
        moment=_Moment(F("applied_at")),
        day=_AsKept(F("applied_on")),
        pilot=_AsKept(F("is_pilot")),
        signed=_AsKept(F("contract__signed_on")),
    )
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total)

    progress(0, total)
    return _table(written, _COLUMNS, told)


def _enterprises(counted: QuerySet[Voucher]) -> dict[str, np.ndarray]:
    rows = Enterprise.objects.filter(pk__in=counted.values("enterprise_id")).order_by()
    kept = {"founded": "founded_on", "legal": "is_legal_person", "breach": "has_serious_breach"}
    written = rows.annotate(**{name: _AsKept(F(column)) for name, column in kept.items()})
    return _table(written, ("pk", "city", "county", "founded", "revenue_fen", "legal", "breach"))


def _sums(counted: QuerySet[Voucher]) -> tuple[dict[str, np.ndarray], ...]:
    """What the papers of each approved claim come to, and what was left payable after objections."""
    approved = counted.filter(state__in=APPROVED).values("pk")
    invoices = ClaimInvoice.objects.filter(voucher__in=approved).order_by().values("voucher_id")
    proofs = ClaimProof.objects.filter(voucher__in=approved).order_by().values("voucher_id")
    reduced = Objection.objects.filter(line__voucher__in=approved, state="reduced").order_by()
    return (
        _table(invoices.annotate(fen=Sum("invoice__gross_fen")), ("voucher_id", "fen")),
        _table(proofs.annotate(fen=Sum("proof__amount_fen")), ("voucher_id", "fen")),
        _table(reduced.exclude(payable_fen=None), ("line__voucher_id", "payable_fen")),
    )


@contextmanager
def _snapshot() -> Iterator[None]:
    """All queries see the database as it stood at one moment, and nobody waits for them."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # A plain transaction of the site would take the writers' lock.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _table(
    query: QuerySet[Any], names: Sequence[str], told: Callable[[int], None] = lambda _count: None
) -> dict[str, np.ndarray]:
    """The columns of a query as arrays, read piece by piece and without a model for each row."""
    sql, params = query.values_list(*names).query.sql_with_params()
    pieces: list[list[np.ndarray]] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(PIECE):
            columns = zip(names, zip(*rows, strict=True), strict=True)
            pieces.append([_READ.get(name, _whole)(column) for name, column in columns])
            told(len(rows))
    if not pieces:
        return {name: np.zeros(0, dtype=np.int64) for name in names}
    return {name: np.concatenate([piece[at] for piece in pieces]) for at, name in enumerate(names)}


def _whole(column: Sequence[Any]) -> np.ndarray:
    try:
        return np.array(column, dtype=np.int64)
    except TypeError:
        return np.array([UNKNOWN if one is None else one for one in column], dtype=np.int64)


def _days(column: Sequence[Any]) -> np.ndarray:
    """Days since 1970, UNKNOWN for none; dates on one database, text on the other."""
    read = np.array(column, dtype="datetime64[D]")
    return np.where(np.isnat(read), UNKNOWN, read.astype(np.int64))


def _moments(column: Sequence[Any]) -> np.ndarray:
    return np.array(column, dtype="datetime64[us]").astype(np.int64)


def _regions(column: Sequence[Any]) -> np.ndarray:
    known: dict[Any, int] = {one: int(one) if str(one or "").isdigit() else 0 for one in set(column)}
    return np.array([known[one] for one in column], dtype=np.int64)


def _places(words: dict[str, int], other: int) -> Callable[[Sequence[Any]], np.ndarray]:
    return lambda column: np.array([words.get(one, other) for one in column], dtype=np.int64)


_READ: dict[str, Callable[[Sequence[Any]], np.ndarray]] = {
    "city": _regions,
    "county": _regions,
    "implementation_city": _regions,
    "state": _places(_STATE, 0),
    "pinned_size": _places(_SIZE, NOT_STATED),
    "day": _days,
    "signed": _days,
    "founded": _days,
    "moment": _moments,
}


def _laid_out(
    cycles: tuple[int, ...],
    found: dict[str, np.ndarray],
    lines: dict[str, np.ndarray],
    enterprises: dict[str, np.ndarray],
    invoices: dict[str, np.ndarray],
    proofs: dict[str, np.ndarray],
    reduced: dict[str, np.ndarray],
    outside: dict[str, int],
) -> Facts:
    """Put vouchers in order of their chains, and everything else beside them."""
    order = np.lexsort((found["pk"], found["moment"], found["cycle_id"], found["enterprise_id"]))
    found = {name: column[order] for name, column in found.items()}
    pk, firm, cycle = found["pk"], found["enterprise_id"], found["cycle_id"]
    begins = (np.diff(firm, prepend=-1) != 0) | (np.diff(cycle, prepend=-1) != 0)
    chain = np.cumsum(begins) - 1
    row_of = _Finder(pk)
    at = row_of(lines["voucher_id"])
    sorting = np.lexsort((lines["position"], at))
    sizes = np.bincount(at, minlength=len(pk)).astype(np.int64)
    cases = Cases(
        chain=chain,
        day=found["day"],
        size=found["pinned_size"],
        before_fen=found["awarded_before_fen"],
        contract_fen=found["contract__total_fen"],
        heads=np.cumsum(sizes) - sizes,
        sizes=sizes,
        service=lines["service"][sorting],
        fee_fen=lines["fee_fen"][sorting],
        devices=np.maximum(lines["devices"][sorting], 0),
    )
    applicants = _applicants(found, enterprises) if len(enterprises["pk"]) else None
    invoiced, paid = (
        _beside(table["voucher_id"], table["fen"], row_of, len(pk)) for table in (invoices, proofs)
    )
    payable = np.full(len(pk), np.iinfo(np.int64).max)
    np.minimum.at(payable, row_of(reduced["line__voucher_id"]), reduced["payable_fen"])
    papers = Papers(cases.day, cases.contract_fen, invoiced, invoiced > 0, paid, paid > 0)
    places = {key: place for place, key in enumerate(cycles)}
    return Facts(
        cycles=cycles,
        pk=pk,
        cycle=np.array([places[one] for one in cycle.tolist()], dtype=np.int64),
        enterprise=firm,
        city=found["city"],
        state=found["state"],
        applied=found["moment"],
        face_fen=found["face_fen"],
        bonus_fen=found["bonus_fen"],
        is_pilot=found["pilot"] > 0,
        claim_seq=found["claim_seq"],
        payable_fen=payable,
        cases=cases,
        applicants=applicants,
        papers=papers,
        outside=outside,
    )


def _applicants(found: dict[str, np.ndarray], enterprises: dict[str, np.ndarray]) -> Applicants:
    home = _Finder(enterprises["pk"])(found["enterprise_id"])
    county, city = enterprises["county"][home], enterprises["city"][home]
    return Applicants(
        day=found["day"],
        region=np.where(county > 0, county, city),
        is_legal_person=enterprises["legal"][home] > 0,
        founded=enterprises["founded"][home],
        revenue_fen=enterprises["revenue_fen"][home],
        has_breach=enterprises["breach"][home] > 0,
        place=found["implementation_city"],
        signed=found["signed"],
    )


class _Finder:
    """Finds the row of a key that surely stands in a column."""

    def __init__(self, keys: np.ndarray) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def __call__(self, wanted: np.ndarray) -> np.ndarray:
        return self.order[np.searchsorted(self.keys, wanted)]


def _beside(keys: np.ndarray, fen: np.ndarray, row_of: _Finder, count: int) -> np.ndarray:
    out = np.zeros(count, dtype=np.int64)
    out[row_of(keys)] = fen
    return out


def states_of(names: Iterable[str]) -> np.ndarray:
    """Whether each state of STATES is among these, by place."""
    wanted = set(names)
    return np.array([state in wanted for state in STATES])
