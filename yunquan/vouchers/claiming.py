"""What an enterprise typed for a claim, understood field by field (D47-5.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.policy.substitutes import PARTS, RELATIONS, DeclaredParty, Part, Party, Relation
from yunquan.policy.uscc import is_valid_uscc
from yunquan.vouchers.application import read_date, read_key, read_money

ARTICLE = "D47-5.11"
EXCEPTION = "D47-5.14"


@dataclass(frozen=True, slots=True)
class TypedInvoice:
    """An invoice as typed: amounts in fen."""

    code: str
    number: str
    issued_on: date
    seller_uscc: str
    seller_name: str
    buyer_uscc: str
    gross_fen: int
    file: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class TypedProof:
    """A payment proof as typed: amount in fen."""

    bank: str
    serial: str
    paid_on: date
    payer_name: str
    payee_name: str
    amount_fen: int
    file: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class TypedParty:
    """Another firm in the documents, declared as typed: for which part, how related, and why (D47-5.14)."""

    part: Part
    name: str
    uscc: str
    relation: Relation
    reason: str
    file: int
    place: int = 0

    @property
    def declared(self) -> DeclaredParty:
        """The exception as the rule for parties knows it, not yet accepted by anybody."""
        return DeclaredParty(
            part=self.part,
            party=Party(self.name, self.uscc),
            relation=self.relation,
            reason=self.reason,
            proof=str(self.file or ""),
        )


@dataclass(frozen=True, slots=True)
class TypedReport:
    """The acceptance report as typed."""

    number: str
    accepted_on: date
    file: int


@dataclass(slots=True)
class ClaimFacts:
    """The facts of a claim; what was not understood stands in `refusals`."""

    invoices: list[TypedInvoice] = field(default_factory=list)
    proofs: list[TypedProof] = field(default_factory=list)
    parties: list[TypedParty] = field(default_factory=list)
    report: TypedReport | None = None
    same_file_note: str = ""
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, message: str, name: str, mend: str = "", article: str = ARTICLE) -> None:
        """Note a fault beside its field."""
        self.refusals.append(Refusal(code, message, article, mend, name))

    def typed_at(self, field: str) -> str:
        """A field of the n-th invoice or proof that was understood, as the field of the row in which it was typed."""
        group, _, rest = field.partition("-")
        place, _, name = rest.partition("-")
        rows: Sequence[TypedInvoice | TypedProof] = {"invoices": self.invoices, "proofs": self.proofs}.get(
            group, ()
        )  # type: ignore[assignment]
        if not place.isdecimal() or int(place) >= len(rows):
            return field
        return f"{group}-{rows[int(place)].place}-{name}"


def understand_claim(typed: Mapping[str, Any]) -> ClaimFacts:
    """Read the typed claim into facts, with every fault at once."""
    seen = ClaimFacts()
    for place, entry in enumerate(typed.get("invoices") or []):
        _invoice(seen, entry, place)
    for place, entry in enumerate(typed.get("proofs") or []):
        _proof(seen, entry, place)
    if not typed.get("invoices"):
        seen.refuse("missing", "请至少登记一张发票。", "invoices")
    if not typed.get("proofs"):
        seen.refuse(
            "missing", "请至少登记一笔付款凭证。", "proofs", "付款申请页不是付款凭证，请上传银行回单。"
        )
    for place, entry in enumerate(typed.get("parties") or []):
        if any(str(value or "").strip() for value in entry.values()):
            _party(seen, entry, place)
    _report(seen, typed.get("report") or {})
    seen.same_file_note = str(typed.get("same_file_note") or "").strip()
    return seen


def _invoice(seen: ClaimFacts, entry: Mapping[str, Any], place: int) -> None:
    before, at = len(seen.refusals), f"invoices-{place}"
    number = _text(seen, entry, "number", "发票号码", at, most=20)
    code = str(entry.get("code") or "").strip()
    if number and not code and not (number.isascii() and number.isdigit() and len(number) == 20):
        seen.refuse(
            "code_missing", "请填写发票代码。", f"{at}-code", "20 位号码的数电票没有发票代码，可以留空。"
        )
    if len(code) > 20:
        seen.refuse("too_long", "发票代码不应超过 20 个字符。", f"{at}-code", "请照票据上的填写。")
    issued_on = read_date(seen, entry, "issued_on", "开票日期", at=f"{at}-issued_on", article=ARTICLE)
    seller_uscc = _text(seen, entry, "seller_uscc", "销售方税号", at, most=20).upper()
    seller_name = _text(seen, entry, "seller_name", "销售方名称", at)
    buyer_uscc = _text(seen, entry, "buyer_uscc", "购买方税号", at, most=20).upper()
    gross_fen = read_money(seen, entry, "gross", "价税合计", at=f"{at}-gross", article=ARTICLE)
    file = read_key(seen, entry, "file", "请上传发票文件。", ARTICLE, at=f"{at}-file")
    if len(seen.refusals) == before and issued_on and gross_fen and file:
        seen.invoices.append(
            TypedInvoice(
                code, number, issued_on, seller_uscc, seller_name, buyer_uscc, gross_fen, file, place
            )
        )


def _proof(seen: ClaimFacts, entry: Mapping[str, Any], place: int) -> None:
    before, at = len(seen.refusals), f"proofs-{place}"
    bank = _text(seen, entry, "bank", "付款银行", at, most=80)
    serial = _text(seen, entry, "serial", "流水号", at, most=60)
    paid_on = read_date(seen, entry, "paid_on", "付款日期", at=f"{at}-paid_on", article=ARTICLE)
    payer_name = _text(seen, entry, "payer_name", "付款方", at)
    payee_name = _text(seen, entry, "payee_name", "收款方", at)
    amount_fen = read_money(seen, entry, "amount", "付款金额", at=f"{at}-amount", article=ARTICLE)
    file = read_key(seen, entry, "file", "请上传银行回单。", ARTICLE, at=f"{at}-file")
    if len(seen.refusals) == before and paid_on and amount_fen and file:
        seen.proofs.append(TypedProof(bank, serial, paid_on, payer_name, payee_name, amount_fen, file, place))


def _party(seen: ClaimFacts, entry: Mapping[str, Any], place: int) -> None:
    before, at = len(seen.refusals), f"parties-{place}"
    part, relation = str(entry.get("part") or "").strip(), str(entry.get("relation") or "").strip()
    if part not in PARTS:
        message = "请选择这家单位出现在哪里：发票的开具方或购买方，付款的收款方或付款方。"
        seen.refuse("missing", message, f"{at}-part", article=EXCEPTION)
    if relation not in RELATIONS:
        whose = "供应商" if part in ("issuer", "payee") else "本单位" if part else "当事单位"
        message = f"请选择这家单位与{whose}的关系。"
        seen.refuse(
            "missing", message, f"{at}-relation", "母公司、分公司、子公司或更名以外的不能代替。", EXCEPTION
        )
    name = _text(seen, entry, "name", "单位名称", at)
    uscc = str(entry.get("uscc") or "").strip().upper()
    if uscc and not is_valid_uscc(uscc):
        message = "统一社会信用代码的校验位不符。"
        seen.refuse("bad_uscc", message, f"{at}-uscc", "请照营业执照填写，不知道的可以不填。", EXCEPTION)
    reason = _text(seen, entry, "reason", "说明", at, most=2000)
    file = read_key(seen, entry, "file", "请上传证明关系的材料。", EXCEPTION, at=f"{at}-file")
    if len(seen.refusals) == before and file:
        seen.parties.append(
            TypedParty(part, name, uscc, relation, reason, file, place)  # type: ignore[arg-type]
        )


def _report(seen: ClaimFacts, entry: Mapping[str, Any]) -> None:
    before = len(seen.refusals)
    number = _text(seen, entry, "number", "验收报告编号", "report", most=80)
    accepted_on = read_date(seen, entry, "accepted_on", "验收日期", at="report-accepted_on", article=ARTICLE)
    file = read_key(seen, entry, "file", "请上传盖章的验收报告。", ARTICLE, at="report-file")
    if len(seen.refusals) == before and accepted_on and file:
        seen.report = TypedReport(number, accepted_on, file)


def _text(
    seen: ClaimFacts, entry: Mapping[str, Any], name: str, label: str, at: str, *, most: int = 120
) -> str:
    text = str(entry.get(name) or "").strip()
    if not text:
        seen.refuse("missing", f"请填写{label}。", f"{at}-{name}")
    elif len(text) > most:
        message = f"{label}不应超过 {most} 个字符。"
        seen.refuse("too_long", message, f"{at}-{name}", "请照票据上的填写。")
    return text
