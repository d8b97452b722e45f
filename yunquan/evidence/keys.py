"""What makes an invoice, a payment proof or a report the same one: its numbers without their looks."""

from __future__ import annotations

import unicodedata

# 数电票 numbers have twenty digits.
DIGITAL = 20


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LNM")


def invoice_key(code: str, number: str) -> str:
    """Code and number of a paper or electronic invoice; a fully digital one 数电票 has a number alone (U2).

    Its twenty digits are the whole key: a code typed beside them makes no other invoice of it.

    >>> invoice_key("044001900111", " 1234 5678"), invoice_key("", "24442000000123456789")
    ('044001900111-12345678', '24442000000123456789')
    """
    plain = _plain(number)
    if len(plain) == DIGITAL and plain.isdecimal():
        return plain
    return "-".join(part for part in (_plain(code), plain) if part)[:60]


def proof_key(bank: str, serial: str) -> str:
    """Bank and serial number of a payment (U3); the branch doesn't make another payment of it.

    >>> proof_key("中国工商银行东莞分行", "GH-001") == proof_key("工商银行 东莞", "gh001")
    True
    """
    return f"{bank_key(bank)}|{_plain(serial)}"[:120]


def bank_key(bank: str) -> str:
    """The bank behind a branch's name: what stands before and including 银行.

    >>> bank_key("中国建设银行股份有限公司广州支行"), bank_key("顺德农商行")
    ('建设银行', '顺德农商行')
    """
    plain = _plain(bank)
    head, found, _tail = plain.partition("银行")
    name = head + found
    # 中国银行 itself keeps its name; 中国工商银行 is commonly written 工商银行.
    if name.startswith("中国") and name != "中国银行":
        name = name.removeprefix("中国")
    return name


def report_key(supplier_uscc: str, number: str) -> str:
    """The supplier that wrote an acceptance report and its number."""
    return f"{_plain(supplier_uscc)}|{_plain(number)}"[:120]
