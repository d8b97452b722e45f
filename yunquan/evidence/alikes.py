"""Documents that have much in common: found as each new one comes, shown to reviewers, never a verdict (D47-5.17).

A content is fingerprinted once. It is held against the newest of those that share a band with it, a bounded number
for each band, so that what a new document costs doesn't grow with the number stored.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from yunquan.evidence import taking
from yunquan.evidence.likeness import comparing, sketches
from yunquan.evidence.likeness.comparing import Document, Kind
from yunquan.evidence.likeness.differences import SideBySide, side_by_side
from yunquan.evidence.likeness.opening import pictures_from
from yunquan.evidence.likeness.own_forms import own_forms
from yunquan.evidence.likeness.twins import Cap, Outline, Twins, twins
from yunquan.evidence.meanwhile import lend_connection
from yunquan.evidence.models import (
    AcceptanceReport,
    Alike,
    Contract,
    Fingerprint,
    Invoice,
    LikenessBand,
    PaymentProof,
    StoredFile,
)
from yunquan.evidence.reading import sandbox
from yunquan.evidence.readings import GONE, NotReadError
from yunquan.evidence.scanning import is_open, why_held

# A form that thousands fill in fills its bands; the newest are looked at, and of all those found the ones that
# share most bands.
MOST_OF_A_BAND = 48
MOST_COMPARED = 256
MOST_PARTNERS = 64
# One new document at a time is written and compared: of two that come together the second must see the first.
_LOCK = 0x416C696B65


@dataclass(frozen=True, slots=True)
class Likeness:
    """A file of somebody, what it has in common with the one asked about, and how much, in thousandths.

    `pages` are pairs of alike pages, the asked file's first; empty where texts are alike.
    """

    file: StoredFile
    kind: Kind
    score: int
    why: str
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def org(self) -> str:
        """The organisation that uploaded it."""
        return self.file.org

    @property
    def label(self) -> str:
        return self.kind.label


def remember(file: StoredFile, *, now: datetime) -> Fingerprint:
    """Fingerprint a file's content and find what is alike among those before it; a second time nothing happens.

    A content that can't be compared is remembered with the reason. Raises NotReadError for a file that is held
    back or gone. Call it outside a transaction: the content is opened in the confined process.
    """
    known = Fingerprint.objects.filter(sha256=file.sha256).first()
    if known is not None:
        return known
    if not is_open(file):
        raise NotReadError(why_held(file))
    lend_connection()
    try:
        answer = sandbox.run("likeness", taking.read(file.sha256), file.name)
    except OSError:
        raise NotReadError(GONE) from None
    if answer["error"] == sandbox.NO_ANSWER:
        raise NotReadError(sandbox.NO_ANSWER)
    read = answer["read"] or {"text": "", "pictures": []}
    document = Document(
        name=file.sha256,
        sha256=file.sha256,
        text=comparing.text_of(read["text"], form=own_forms()),
        pictures=pictures_from(read["pictures"]),
    )
    return store(document, error=answer["error"] or "", now=now)


def unknown(files: Iterable[StoredFile]) -> list[StoredFile]:
    """Those of these files whose contents nobody has fingerprinted, each content once; one query."""
    by_content = {file.sha256: file for file in files}
    rows = Fingerprint.objects.filter(sha256__in=by_content) if by_content else Fingerprint.objects.none()
    known = set(rows.values_list("sha256", flat=True))
    return [file for sha256, file in by_content.items() if sha256 not in known]


def try_to_remember(file: StoredFile, *, now: datetime) -> bool:
    """Fingerprint a file where that can be done now; otherwise `yunquan tick` does it."""
    try:
        remember(file, now=now)
    except NotReadError:
        return False
    return True


def store(document: Document, *, error: str = "", now: datetime) -> Fingerprint:
    """Keep a document's fingerprint and everything stored that it is alike to."""
    lanes = sketches.lanes_of(document)
    try:
        with transaction.atomic():
            _one_at_a_time()
            near = _near(document, lanes)
            row = Fingerprint.objects.create(
                sha256=document.sha256,
                text_key=sketches.text_key(document),
                sketch=sketches.sketch_of(document),
                error=error,
                made_at=now,
            )
            LikenessBand.objects.bulk_create(
                LikenessBand(fingerprint=row, lane=lane, value=value) for lane, value in lanes
            )
            Alike.objects.bulk_create(_found(document, near, now))
            return row
    except IntegrityError:
        # The same content came twice at once: the first has done it.
        return Fingerprint.objects.get(sha256=document.sha256)


def _one_at_a_time() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _near(document: Document, lanes: Sequence[tuple[int, int]]) -> list[Fingerprint]:
    """The stored fingerprints worth comparing: those of the same text, and those that share most bands."""
    shared: Counter[int] = Counter()
    if lanes:
        # Each arm walks the index from the newest and stops; a common ORDER BY would walk whole bands.
        arm = (
            "SELECT * FROM (SELECT fingerprint_id FROM evidence_likenessband"
            f" WHERE lane = %s AND value = %s ORDER BY id DESC LIMIT {MOST_OF_A_BAND}) AS band{{}}"
        )
        query = " UNION ALL ".join(arm.format(place) for place in range(len(lanes)))
        with connection.cursor() as cursor:
            cursor.execute(query, [value for lane in lanes for value in lane])
            shared.update(number for (number,) in cursor.fetchall())
    wanted = [number for number, _ in sorted(shared.items(), key=lambda one: (-one[1], -one[0]))]
    same: Iterable[int] = ()
    key = sketches.text_key(document)
    if key is not None:
        rows = Fingerprint.objects.filter(text_key=key).order_by("-pk")
        same = rows.values_list("pk", flat=True)[:MOST_PARTNERS]
    return list(Fingerprint.objects.filter(pk__in={*wanted[:MOST_COMPARED], *same}))


def _found(document: Document, near: Iterable[Fingerprint], now: datetime) -> list[Alike]:
    found = []
    for row in near:
        alike = comparing.compare(sketches.document_of(row.sha256, bytes(row.sketch)), document)
        if alike is not None:
            one, other = sorted((row.sha256, document.sha256))
            score = round(1000 * alike.score)
            why = alike.why
            found.append(Alike(one=one, other=other, kind=alike.kind, score=score, why=why, found_at=now))
    found.sort(key=lambda row: (-row.score, row.one, row.other))
    return found[:MOST_PARTNERS]


def catch_up(*, now: datetime, most: int = 200) -> int:
    """Fingerprint contents that nobody has yet, the oldest first; gives how many. `yunquan tick` calls it."""
    lacking = StoredFile.objects.filter(scan__in=("clean", "not_scanned")).exclude(
        sha256__in=Fingerprint.objects.values("sha256")
    )
    done = 0
    for file in lacking.order_by("pk")[:most]:
        # The monitor names contents that are gone.
        done += try_to_remember(file, now=now)
    return done


def alikes_of(file: StoredFile, *, beside: Collection[int] = ()) -> list[Likeness]:
    """What is alike to a file among those that serve a case, the likest first, at most 64.

    `beside` are the numbers of the files of the same case, which are no finding.
    """
    return alikes_of_each([file], beside=beside)[file.pk]


def alikes_of_each(files: Sequence[StoredFile], *, beside: Collection[int] = ()) -> dict[int, list[Likeness]]:
    """The same for the files of a case, by their number; the number of queries doesn't grow with them."""
    mine = {file.sha256 for file in files}
    pairs: dict[str, list[tuple[str, Alike]]] = {sha256: [] for sha256 in mine}
    rows = Alike.objects.filter(Q(one__in=mine) | Q(other__in=mine)).order_by("-score", "pk")
    for row in rows[: 4 * MOST_PARTNERS * len(mine)]:
        for here, there in ((row.one, row.other), (row.other, row.one)):
            if here in mine and len(pairs[here]) < MOST_PARTNERS:
                pairs[here].append((there, row))
    partners = mine | {there for found in pairs.values() for there, _row in found}
    left_out = {*beside, *(file.pk for file in files)}
    holders: dict[str, list[StoredFile]] = {}
    for other in serving(partners):
        if other.pk not in left_out:
            holders.setdefault(other.sha256, []).append(other)
    told: dict[int, list[Likeness]] = {}
    for file in files:
        why = "两份文件的内容逐字节相同"
        same = [Likeness(other, Kind.SAME_FILE, 1000, why) for other in holders.get(file.sha256, ())]
        rest = [
            Likeness(other, Kind(row.kind), row.score, row.why)
            for there, row in pairs[file.sha256]
            for other in holders.get(there, ())
        ]
        told[file.pk] = (same + rest)[:MOST_PARTNERS]
    return told


def serving(contents: Collection[str]) -> list[StoredFile]:
    """The files of these contents that serve or served a case; a draft is its owner's own affair."""
    rows = StoredFile.objects.filter(sha256__in=contents)
    users = (
        Contract.objects.values("file"),
        Contract.objects.filter(addendum__isnull=False).values("addendum"),
        Invoice.objects.values("file"),
        PaymentProof.objects.values("file"),
        AcceptanceReport.objects.values("file"),
    )
    condition = Q()
    for user in users:
        condition |= Q(pk__in=user)
    return list(rows.filter(condition).order_by("pk"))


def compared(one: StoredFile, other: StoredFile) -> Likeness | None:
    """What one file has in common with another, with the pages; None where either is not fingerprinted or nothing."""
    if one.sha256 == other.sha256:
        return Likeness(other, Kind.SAME_FILE, 1000, "两份文件的内容逐字节相同")
    rows = Fingerprint.objects.filter(sha256__in=(one.sha256, other.sha256))
    known = {row.sha256: sketches.document_of(row.sha256, bytes(row.sketch)) for row in rows}
    if len(known) < 2:
        return None
    alike = comparing.compare(known[one.sha256], known[other.sha256])
    if alike is None:
        return None
    return Likeness(other, alike.kind, round(1000 * alike.score), alike.why, alike.pages)


def differences(one: StoredFile, other: StoredFile) -> SideBySide:
    """What differs between two files' texts; both are opened in the confined process, side by side.

    Raises NotReadError with the reason where one has no text that can be laid beside the other.
    """
    texts = []
    lend_connection()
    for file in (one, other):
        if not is_open(file):
            raise NotReadError(why_held(file))
        try:
            answer = sandbox.run("likeness", taking.read(file.sha256), file.name)
        except OSError:
            raise NotReadError(GONE) from None
        if answer["error"]:
            raise NotReadError(answer["error"])
        texts.append(answer["read"]["text"])
    if not all(text.strip() for text in texts):
        raise NotReadError("至少一份文件是扫描件，没有可以逐字对照的文字；请对照页面图像")
    return side_by_side(*texts)


Fees = Callable[[Collection[int]], Mapping[int, tuple[Mapping[str, int], int | None]]]


def twins_of(contract: Contract, *, caps: Mapping[str, Cap], fees: Fees) -> tuple[Twins, ...]:
    """Contracts of the same two firms that look like one deal split near a cap (D47-4.4.2); names are row numbers.

    `fees` gives, by contract, the fee of each service in fen and the number of devices as the vouchers hold them.
    """
    pair = Contract.objects.filter(
        enterprise=contract.enterprise_id, supplier=contract.supplier_id, is_live=True
    )
    rows = list(itertools.islice(pair.order_by("-pk").iterator(), MOST_PARTNERS))
    if contract.pk not in {row.pk for row in rows}:
        rows.append(contract)
    told = fees([row.pk for row in rows])
    outlines = [
        Outline(
            name=str(row.pk),
            enterprise=str(row.enterprise_id),
            supplier=str(row.supplier_id),
            number=row.number,
            signed_on=row.signed_on,
            fees=told[row.pk][0],
            devices=told[row.pk][1],
        )
        for row in sorted(rows, key=lambda row: row.pk)
        if row.pk in told
    ]
    mine = str(contract.pk)
    return tuple(twin for twin in twins(outlines, caps) if mine in (twin.one, twin.other))
