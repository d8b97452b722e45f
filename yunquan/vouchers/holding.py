"""What keeps a voucher from payment besides objections: holds, and alarms on its claim's invoices (D47-5.14, F2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from yunquan.evidence.lifecycle import HOLDING
from yunquan.evidence.models import Invoice, InvoiceAlarm
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import bureau_code, enterprises_visible_to
from yunquan.vouchers.access import visible_to
from yunquan.vouchers.models import ClaimInvoice, Hold, Voucher


def resting_on(key: str) -> QuerySet[Voucher]:
    """The vouchers whose claim rests on an invoice; one living claim at most (U2)."""
    joins = ClaimInvoice.objects.filter(invoice__key=key, invoice__is_live=True)
    return Voucher.objects.filter(pk__in=joins.values("voucher"))


def alarms_of(voucher: Voucher) -> list[InvoiceAlarm]:
    """Every alarm on the invoices of the claim that stands, answered ones too, the oldest first; one query."""
    keys = ClaimInvoice.objects.filter(voucher=voucher).values("invoice__key")
    return list(InvoiceAlarm.objects.filter(key__in=keys).order_by("pk"))


def open_alarms(voucher: Voucher) -> list[InvoiceAlarm]:
    """The alarms that hold a voucher: those still to be looked into, and those found true; one query."""
    keys = ClaimInvoice.objects.filter(voucher=voucher).values("invoice__key")
    return list(InvoiceAlarm.objects.filter(key__in=keys, answer__in=HOLDING).order_by("pk"))


def held_among(vouchers: Iterable[int]) -> dict[int, list[InvoiceAlarm]]:
    """Of many vouchers those that an alarm holds, with their alarms, in two queries however many there are."""
    alarms: dict[str, list[InvoiceAlarm]] = {}
    for alarm in InvoiceAlarm.objects.filter(answer__in=HOLDING).order_by("pk"):
        alarms.setdefault(alarm.key, []).append(alarm)
    if not alarms:
        return {}
    holding = InvoiceAlarm.objects.filter(answer__in=HOLDING).values("key")
    joins = ClaimInvoice.objects.filter(invoice__key__in=holding, invoice__is_live=True).order_by("pk")
    wanted, held = set(vouchers), dict[int, list[InvoiceAlarm]]()
    for pk, key in joins.values_list("voucher_id", "invoice__key"):
        if pk in wanted:
            held.setdefault(pk, []).extend(alarms.get(key, ()))
    return held


def alarmed_invoices(keys: Iterable[str]) -> dict[str, InvoiceAlarm]:
    """Of these invoices those that an alarm stands against, in one query."""
    rows = InvoiceAlarm.objects.filter(key__in=set(keys), answer__in=HOLDING).order_by("-pk")
    return {row.key: row for row in rows}


def alarms_visible_to(actor: Actor, *, live: bool = False) -> QuerySet[InvoiceAlarm]:
    """The alarms on invoices of vouchers that an actor may see (A1); `live` ones are on claims that still stand.

    Each alarm asks for its own invoice and voucher: alarms are few, a city's claims are many.
    """
    seen = visible_to(actor).order_by().filter(pk=OuterRef("voucher"))
    joins = ClaimInvoice.objects.filter(Exists(seen), invoice__key=OuterRef("key"))
    if live:
        return InvoiceAlarm.objects.filter(Exists(joins.filter(invoice__is_live=True)))
    return InvoiceAlarm.objects.filter(Exists(joins) | Exists(_claimed_before(actor)))


def _claimed_before(actor: Actor) -> QuerySet[Invoice]:
    """Of an alarm the invoices of claims that were taken back, for the bureau of the enterprise that filed them.

    No voucher rests on such an invoice any more, and its alarm still keeps it from every claim until it is answered.
    """
    if not bureau_code(actor):
        return Invoice.objects.none()
    named = Concat(Value("enterprise:"), Cast("pk", CharField()))
    orgs = enterprises_visible_to(actor).order_by().annotate(named=named).values("named")
    return Invoice.objects.filter(key=OuterRef("key"), file__org__in=orgs)


def claimant(alarm: InvoiceAlarm) -> str:
    """The organisation that claimed last with the invoice of an alarm; empty where nobody did."""
    last = Invoice.objects.filter(key=alarm.key).select_related("file").order_by("-pk").first()
    return last.file.org if last is not None else ""


def resting_visible_to(actor: Actor, alarm: InvoiceAlarm) -> QuerySet[Voucher]:
    """The vouchers of an alarm that an actor may see, with their parties, ended ones too."""
    joins = ClaimInvoice.objects.filter(invoice__key=alarm.key).values("voucher")
    return (
        visible_to(actor)
        .filter(pk__in=joins)
        .select_related("enterprise", "supplier", "cycle")
        .order_by("-pk")
    )


def vouchers_of(actor: Actor, alarms: Iterable[InvoiceAlarm]) -> dict[str, Voucher]:
    """For each alarm's invoice the voucher that an actor may see, the latest, in two queries."""
    joins = ClaimInvoice.objects.filter(invoice__key__in={alarm.key for alarm in alarms}).order_by("voucher")
    keyed = dict(joins.values_list("invoice__key", "voucher"))
    rows = visible_to(actor).select_related("enterprise", "supplier").in_bulk(set(keyed.values()))
    return {key: rows[pk] for key, pk in keyed.items() if pk in rows}


def voucher_of_invoice(actor: Actor, number: str) -> Voucher | None:
    """The voucher whose claim rests on an invoice of this number, or None as if there were none."""
    joins = ClaimInvoice.objects.filter(invoice__is_live=True)
    rows = joins.filter(Q(invoice__number=number) | Q(invoice__key=number)).values("voucher")
    return visible_to(actor).filter(pk__in=rows).order_by("-pk").first()


def alarm_for(actor: Actor, pk: int) -> InvoiceAlarm | None:
    """One alarm, or None as if it did not exist."""
    return alarms_visible_to(actor).filter(pk=pk).first()


def said(alarm: InvoiceAlarm) -> str:
    """An alarm in a sentence: which invoice, what happened, when and by how much."""
    amount = f" {format_yuan(alarm.reversed_fen)} 元" if alarm.reversed_fen is not None else ""
    red = f"（红字发票 {alarm.red_number}）" if alarm.red_number else ""
    stands = "已认定属实" if alarm.answer == InvoiceAlarm.Answer.UPHELD else "尚未核查"
    return f"发票 {alarm.key} 于 {alarm.happened_on} 被{alarm.get_kind_display()}{amount}{red}，{stands}"


def alarms_said(voucher: Voucher) -> list[str]:
    """What holds a voucher, in sentences, as a fact for its checks."""
    return [said(alarm) for alarm in open_alarms(voucher)]


def open_holds(voucher: Voucher) -> list[Hold]:
    """What holds a voucher now, the oldest first; one query."""
    return list(Hold.objects.filter(voucher=voucher, lifted_at=None).order_by("pk"))


def holds_of(voucher: Voucher) -> list[Hold]:
    """Every hold that a voucher had, lifted ones too; one query."""
    return list(Hold.objects.filter(voucher=voucher).order_by("pk"))


def holds_among(vouchers: Iterable[int], *, within: QuerySet[Voucher] | None = None) -> dict[int, list[Hold]]:
    """Of many vouchers those that are held, with their holds, in one query however many there are.

    `within` names vouchers among which they all are, so that not every open hold is read for one city's.
    """
    wanted, held = set(vouchers), dict[int, list[Hold]]()
    holds = Hold.objects.filter(lifted_at=None)
    if within is not None:
        holds = holds.filter(voucher__in=within.order_by().values("pk"))
    for hold in holds.order_by("pk"):
        if hold.voucher_id in wanted:
            held.setdefault(hold.voucher_id, []).append(hold)
    return held


def hold_said(hold: Hold) -> str:
    """A hold in a sentence: what kind, and why."""
    return f"{hold.get_kind_display()}：{hold.reason}"


def holds_refused(voucher: Voucher) -> list[Refusal]:
    """Each hold of a voucher as a reason why it isn't listed or paid (F2)."""
    mend = "了结并解除后，按原来的顺序兑付。"
    return [
        Refusal("held", f"{voucher.number} 暂缓兑付，{hold_said(hold)}", hold.article, mend)
        for hold in open_holds(voucher)
    ]
