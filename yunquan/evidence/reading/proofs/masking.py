"""Accounts and persons as they may leave the process that read them: enough to compare, too little to misuse."""

from __future__ import annotations

import re
import unicodedata

_ACCOUNT = re.compile(r"\d[\d*xX•●＊ -]{4,58}[\d*]|\d{4,}")
# What isn't a person's name although it is short.
_FIRM = re.compile(
    r"公司|厂|店|部|社|行|局|院|所|中心|集团|银行|税|户|库|财政|基金|保险|平台|学校|协会|委|站|场|坊|馆|号$|[A-Za-z0-9]"
)


def masked(text: str) -> str | None:
    """An account with its first and last four figures, or None where a text holds none.

    >>> masked("6222 0000 1234 5678 901"), masked("44001****0018"), masked("（空）"), masked("1234567")
    ('6222****8901', '4400****0018', None, '*****67')
    """
    found = _ACCOUNT.search(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    signs = re.sub(r"[^\d*]", "", re.sub("[xX•●]", "*", found[0]))
    figures = sum(sign.isdigit() for sign in signs)
    if figures < 4:
        return None
    if len(signs) < 10:
        return "*" * (len(signs) - 2) + signs[-2:]
    return f"{signs[:4]}****{signs[-4:]}"


def discreet(name: str | None) -> str | None:
    """A name from a statement: a person's only by its first sign, for strangers stand in statements too.

    >>> discreet("示例云科技有限公司"), discreet("欧阳某某")
    ('示例云科技有限公司', '欧***')
    """
    if name is None:
        return None
    plain = "".join(name.split())
    if 2 <= len(plain) <= 4 and not _FIRM.search(plain):
        return plain[0] + "*" * (len(plain) - 1)
    return name
