"""One spelling for each name of an end, the same for what is declared and for what a record holds (D47-5.12).

A record does not say whether a name is a host, a mobile number or an account, so one rule serves all:
whatever is declared is brought to its form by the rule of its kind, and that form is a fixed point of
`normal_name`, through which every name of a record goes.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from yunquan.usage.records import Point, address, name

_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[0-9]{10})")
_WRITTEN_APART = re.compile(r"[\s\-()]+")
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[^\W_](?:[\w-]{0,61}[^\W_])?|_[\w-]{0,62})"
    r"(?:\.(?:[^\W_](?:[\w-]{0,61}[^\W_])?|_[\w-]{0,62}))+"
)


def normal_mobile(text: str) -> str | None:
    """The eleven digits of a mobile number however it is written; None where it is none.

    >>> normal_mobile("+86 138-0013-8000"), normal_mobile("13800138000"), normal_mobile("12345")
    ('13800138000', '13800138000', None)
    """
    found = _MOBILE.fullmatch(_WRITTEN_APART.sub("", normalize("NFKC", text)))
    return found[1] if found else None


def normal_host(text: str) -> str | None:
    """A host name in lower case, without the root's dot, other scripts as in the DNS; None where it is none.

    >>> normal_host(" ERP.Example.CN. "), normal_host("10.0.0.1"), normal_host("erp")
    ('erp.example.cn', None, None)
    """
    plain = normalize("NFKC", text).strip().lower().rstrip(".")
    if not plain.isascii():
        try:
            plain = plain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    if _HOST.fullmatch(plain) is None or not any(letter.isalpha() for letter in plain.rpartition(".")[2]):
        return None
    return plain


def normal_name(text: str) -> str:
    """Any name of an end as it is kept; applied to its own result it changes nothing.

    >>> normal_name(" Erp.Example. "), normal_name("8613800138000"), normal_name(" GZ-0001 ")
    ('erp.example', '13800138000', 'GZ-0001')
    """
    return normal_mobile(text) or normal_host(text) or normalize("NFKC", text).strip()


def point_of(text: str) -> Point:
    """The end that a text of a record means: an address where it is one, else a name.

    >>> point_of("::ffff:1.2.3.4") == address("1.2.3.4"), point_of("GZ-0001").name
    (True, 'GZ-0001')
    """
    plain = normalize("NFKC", text).strip()
    try:
        return address(plain)
    except ValueError:
        return name(normal_name(plain))
