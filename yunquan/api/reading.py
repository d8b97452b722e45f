"""What clients send, as the API reads it: sums as text in 元, days as 2018-11-09, nothing unknown."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Header, Path, Query, Schema
from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

LARGEST = 10**17 - 1


def _without_null(text: str) -> str:
    """The database's text can't hold the null character, so it is refused where it comes in."""
    if "\x00" in text:
        raise PydanticCustomError("null_character", "null character")
    return text


_PLAIN = AfterValidator(_without_null)
Text20 = Annotated[str, StringConstraints(max_length=20, strict=True), _PLAIN]
Text40 = Annotated[str, StringConstraints(max_length=40, strict=True), _PLAIN]
Text60 = Annotated[str, StringConstraints(max_length=60, strict=True), _PLAIN]
Text80 = Annotated[str, StringConstraints(max_length=80, strict=True), _PLAIN]
Text120 = Annotated[str, StringConstraints(max_length=120, strict=True), _PLAIN]
Short = Annotated[str, StringConstraints(max_length=200, strict=True), _PLAIN]
Long = Annotated[str, StringConstraints(max_length=2000, strict=True), _PLAIN]
Number = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
Pk = Annotated[int, Path(ge=1, le=LARGEST, description="编号")]
VoucherNumber = Annotated[str, Path(description="券号", examples=["GD2018-DG-000001"])]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_.:-]{1,80}$",
        description="幂等键：同一请求重发用同一个键，只办理一次；改正后再试请换一个键",
        examples=["7f9c24e8-3b1a"],
    ),
]
Cursor = Annotated[str, Query(pattern=r"^([1-9][0-9]{0,16})?$", description="上一页给出的 next；第一页不填")]
Service = Annotated[int | None, Query(ge=1, le=999, description="目录序号；不填为全部")]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]


class Sent(Schema):
    """A body; what it doesn't know is refused, so that a misspelt field is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Sent):
    """One application service of the contract."""

    service: Number = Field(description="目录序号")
    fee: Short = Field("", description="本项上云费用（元），如 80000.00")
    devices: Number | None = Field(None, description="联网设备台套数，仅按台套数计算的服务填写")
    device_value: Short = Field("", description="联网设备原值（元），仅按台套数计算的服务填写")
    product: Number | None = Field(None, description="供应商的产品编号")


class ApplicationIn(Sent):
    """An application as typed; all faults are said at once when it is submitted (D47-5.7b, D47-A1.3)."""

    contract_number: Text80 = Field("", description="合同编号")
    signed_on: Short = Field("", description="签订日期，如 2018-11-09")
    total: Short = Field("", description="合同总额（元）")
    cloud_fee: Short = Field("", description="上云费用合计（元）")
    contract_file: Number | None = Field(None, description="合同文件编号，由 POST /files 给出")
    addendum_file: Number | None = Field(None, description="补充附件的文件编号")
    supplier: Number | None = Field(None, description="供应商编号，见 GET /suppliers")
    place: Short = Field("", description="实施地点")
    implementation_city: Short = Field("", description="实施地市的区划代码，如 441900")
    is_related_party: StrictBool = Field(False, description="是否关联方交易")
    related_party_note: Long = Field("", description="关联关系说明")
    fair_price_vowed: StrictBool = Field(False, description="承诺价格公平合理")
    draws_on_other_fund: StrictBool = Field(False, description="是否已获其他专项资金")
    lines: list[LineIn] = Field(default_factory=list, max_length=50, description="应用服务")


class StartIn(Sent):
    """A new draft, empty or already filled in."""

    cycle: Short = Field("", description="周期代码；不填为当前周期")
    application: ApplicationIn | None = None


class SubmitIn(Sent):
    """The application to submit; without one, the draft as it was saved."""

    application: ApplicationIn | None = None


class InvoiceIn(Sent):
    """An invoice of the claim."""

    code: Text20 = Field("", description="发票代码，数电票不填")
    number: Text20 = Field("", description="发票号码")
    issued_on: Short = Field("", description="开票日期")
    seller_uscc: Text20 = Field("", description="销售方税号")
    seller_name: Text120 = Field("", description="销售方名称")
    buyer_uscc: Text20 = Field("", description="购买方税号")
    gross: Short = Field("", description="价税合计（元）")
    file: Number | None = Field(None, description="发票文件编号")


class ProofIn(Sent):
    """A payment proof of the claim."""

    bank: Text80 = Field("", description="付款银行")
    serial: Text60 = Field("", description="流水号")
    paid_on: Short = Field("", description="付款日期")
    payer_name: Text120 = Field("", description="付款方")
    payee_name: Text120 = Field("", description="收款方")
    amount: Short = Field("", description="付款金额（元）")
    file: Number | None = Field(None, description="银行回单文件编号")


class PartyIn(Sent):
    """Another firm in the claim's documents, with reason and proof (D47-5.14)."""

    part: Short = Field("", description="issuer 开具方、buyer 购买方、payee 收款方、payer 付款方")
    name: Text120 = Field("", description="单位名称")
    uscc: Text20 = Field("", description="统一社会信用代码，不知道的可不填")
    relation: Short = Field("", description="parent 母公司、branch 分公司、subsidiary 子公司、renamed 更名")
    reason: Long = Field("", description="说明")
    file: Number | None = Field(None, description="证明文件编号")


class ReportIn(Sent):
    """The stamped acceptance report."""

    number: Text80 = Field("", description="验收报告编号")
    accepted_on: Short = Field("", description="验收日期")
    file: Number | None = Field(None, description="验收报告文件编号")


class ClaimBody(Sent):
    """A claim as typed (D47-5.11)."""

    invoices: list[InvoiceIn] = Field(default_factory=list, max_length=200)
    proofs: list[ProofIn] = Field(default_factory=list, max_length=200)
    parties: list[PartyIn] = Field(
        default_factory=list, max_length=60, description="代付、代开或更名说明；没有的不填"
    )
    report: ReportIn = Field(default_factory=lambda: ReportIn.model_validate({}))


class ClaimIn(Sent):
    """The claim to make; without one, what was saved on the page."""

    claim: ClaimBody | None = None


class RelationIn(Sent):
    """What the supplier says of its relation to the enterprise (D47-5.23)."""

    is_related: StrictBool = Field(description="与企业存在关联关系")
    note: Long = Field("", description="关联关系说明，有关联关系时必填")
    fair_price_vowed: StrictBool = Field(False, description="承诺合同金额为市场公平合理价格")


class ConfirmIn(Sent):
    """The supplier confirms exactly what it saw (D47-5.9)."""

    seen_hash: Digest = Field(description="券的 content_hash，表明所确认的内容")
    tag_pilot: StrictBool = Field(False, description="标注试点")
    relation: RelationIn | None = Field(None, description="关联关系申报")


class IssueIn(Sent):
    """The reviewer approves exactly what it saw (D47-5.10)."""

    seen_hash: Digest = Field(description="券的 content_hash，表明所审核的内容")
    dissent_reason: Long = Field("", description="第二审核人不同意时，仍予发放的理由")


class EndIn(Sent):
    """A client end or a public-cloud end of one service (D47-5.12)."""

    service: Number = Field(description="目录序号")
    side: Short = Field(description="client 用户端，cloud 公有云应用端")
    kind: Short = Field(
        description="ip、cidr、broadband、mobile、device，按台套计的服务可用 machine；云端为 ip、cidr、host"
    )
    value: Short = Field(description="地址、号码或账号")
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] | None = Field(None, description="端口")
    operator: Short = Field(
        "", description="承载用户端的运营商：telecom、mobile、unicom、broadcasting、other；不清楚的不填"
    )


class AttestIn(Sent):
    """The supplier attests the claim and gives the ends (D47-5.12)."""

    seen_hash: Digest = Field(description="券的 claim_hash，表明所确认的内容")
    ends: list[EndIn] = Field(max_length=500)
    relation: RelationIn | None = Field(None, description="关联关系申报，有变化时填写")


class ReasonIn(Sent):
    """One reason of a return, from the coded list or in one's own words."""

    code: Text40 = Field("", description="理由代码")
    label: Short = Field("", description="理由")
    mend: Short = Field("", description="怎样补正")
    text: Long = Field("", description="补充说明")


class ReasonsIn(Sent):
    """All reasons at once (D47-5.21)."""

    reasons: list[ReasonIn] = Field(max_length=50)


def typed(body: Schema) -> dict[str, Any]:
    """A body in the form that the wizard keeps: what was left out is absent."""
    return body.model_dump(exclude_none=True)
