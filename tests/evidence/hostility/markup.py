"""Hostile XML."""

from __future__ import annotations

from collections.abc import Iterator

from tests.evidence.hostility import File, cut, flipped
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import digital

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DOCUMENT_TYPES = {
    "laughs": f'<!DOCTYPE EInvoice [<!ENTITY l0 "lol">{_LAUGHS}]>',
    "quadratic": f'<!DOCTYPE EInvoice [<!ENTITY a "{"x" * 100_000}">]>',
    "file": '<!DOCTYPE EInvoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "http": '<!DOCTYPE EInvoice [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    "parameter": '<!DOCTYPE EInvoice [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    "outside": '<!DOCTYPE EInvoice SYSTEM "http://127.0.0.1:9/x.dtd">',
    "public": '<!DOCTYPE EInvoice PUBLIC "-//x//x" "file:///dev/zero">',
    "device": '<!DOCTYPE EInvoice [<!ENTITY x SYSTEM "file:///dev/random">]>',
    "loop": '<!DOCTYPE EInvoice [<!ENTITY a "&b;"><!ENTITY b "&a;">]>',
    "plain": "<!DOCTYPE EInvoice>",
    "attributes": '<!DOCTYPE EInvoice [<!ATTLIST EInvoice a CDATA "x">]>',
    "notation": '<!DOCTYPE EInvoice [<!NOTATION n SYSTEM "x">]>',
}
# What stands in the place of the total, and of other fields.
SUMS = (
    "1e309", "NaN", "Infinity", "-", "0x10", "1,00,00.00", "9" * 5000, "12.345", "=1+1", "１２７２．００", "1_000",
    "--5", "+5", "五元", "1.", ".5", "¥", "1e2", "0" * 1000 + "1",
)  # fmt: skip
NAMES = (
    "=cmd|'/c calc'!A1", "@SUM(1+1)", "+1+1", "-2+3", "\u202e司公限有", "a" * 300_000, "&lt;script&gt;alert(1)&lt;/script&gt;",
    "'; DROP TABLE invoice; --", "\ufeff\u200b\u200d", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "../../etc/passwd",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\x85\x0b".replace("\x0b", ""),
)  # fmt: skip
DAYS = (
    "2026-02-30",
    "0000-00-00",
    "99999-01-01",
    "2026-13-01",
    "-1",
    "昨天",
    "2026-09-01T99:99:99",
    "=NOW()",
)


def files() -> Iterator[File]:
    """Each with its name."""
    paper = digital()
    good = xml(paper)
    text = good.decode()
    body = text.split("?>", 1)[1]
    for name, document_type in DOCUMENT_TYPES.items():
        used = {"laughs": "&l11;", "quadratic": "&a;" * 2_000, "loop": "&a;"}.get(name, "&x;")
        held = used if "ENTITY" in document_type and "%" not in document_type else ""
        yield (
            f"dtd-{name}.xml",
            xml(paper, before=document_type).replace(b"<EIid>", f"<EIid>{held}".encode(), 1),
        )
    yield "dtd-utf16.xml", xml(paper, encoding="UTF-16", before=DOCUMENT_TYPES["laughs"])
    for place, amount in enumerate(SUMS):
        yield f"sum{place}.xml", text.replace(">127200.00<", f">{amount}<").encode()
    for place, name in enumerate(NAMES):
        yield f"name{place}.xml", text.replace(paper.seller, name).encode("utf-8", "replace")
    for place, day in enumerate(DAYS):
        yield f"day{place}.xml", text.replace("2026-09-01", day).encode()
    for encoding in (
        "utf-7",
        "cp037",
        "utf-32",
        "rot13",
        "hex",
        "idna",
        "punycode",
        "unicode_escape",
        "x" * 39,
    ):
        yield f"declared-{encoding[:9]}.xml", text.replace("UTF-8", encoding).encode()
    yield "gbk-as-utf8.xml", text.encode("gb18030")
    yield "utf8-as-gbk.xml", text.replace("UTF-8", "GBK").encode()
    yield "utf16-as-utf8.xml", text.encode("utf-16-le")
    yield "utf16-odd.xml", text.replace("UTF-8", "UTF-16").encode("utf-16")[:-1]
    yield "utf16-lone.xml", b"\xff\xfe<\x00?\x00\x00\xd8\x00\xd8"
    yield "utf8-overlong.xml", good.replace(b"<EIid>", b"<EIid>\xc0\xbc\xe0\x80\xbc", 1)
    yield "nul.xml", good.replace(b"<EIid>", b"<EIid>\x00", 1)
    yield "nuls.xml", b"<?xml version='1.0'?>" + b"\x00" * 1_000_000
    yield "control.xml", good.replace(b"<EIid>", b"<EIid>&#1;&#x1b;", 1)
    yield "deep.xml", b"<?xml version='1.0'?>" + b"<a>" * 200_000 + b"</a>" * 200_000
    yield "deep-open.xml", b"<?xml version='1.0'?>" + b"<EInvoice>" * 300_000
    yield "wide.xml", b"<?xml version='1.0'?><EInvoice>" + b"<a/>" * 900_000 + b"</EInvoice>"
    many = "".join(f' a{n}="1"' for n in range(200_000))
    yield "attributes.xml", f"<?xml version='1.0'?><EInvoice{many}/>".encode()
    spaces = "".join(f' xmlns:n{n}="u{n}"' for n in range(100_000))
    yield "namespaces.xml", f"<?xml version='1.0'?><EInvoice{spaces}/>".encode()
    yield "long-name.xml", b"<?xml version='1.0'?><" + b"a" * 4_000_000 + b"/>"
    yield "comment.xml", good.replace(b"<Header>", b"<!--" + b"x" * 4_000_000 + b"--><Header>")
    yield "comment-open.xml", b"<?xml version='1.0'?><EInvoice><!--" + b"<!-" * 1_000_000
    yield "cdata.xml", good.replace(b"<EIid>", b"<EIid><![CDATA[]]><![CDATA[<x>]]>", 1)
    yield (
        "instruction.xml",
        good.replace(b"<EInvoice>", b'<?xml-stylesheet href="http://127.0.0.1:9/"?><EInvoice>'),
    )
    yield (
        "include.xml",
        good.replace(
            b"<EIid>",
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><EIid>',
            1,
        ),
    )
    yield "huge.xml", good.replace(b"<Header>", b"<x>" + b"y" * 6_000_000 + b"</x><Header>")
    yield "too-big.xml", good + b" " * (21 * 1024 * 1024)
    yield "declaration-long.xml", b"<?xml version='1.0' " + b"a" * 2_000_000 + b"?><EInvoice/>"
    yield "tags-open.xml", b"<?xml version='1.0'?>" + b"<" * 2_000_000
    yield "two.xml", f'<?xml version="1.0"?><r>{body}{body}</r>'.encode()
    yield "thousand.xml", f'<?xml version="1.0"?><r>{body * 1_000}</r>'.encode()
    part = text[text.index("<BasicInformation>") : text.index("</BasicInformation>") + 19]
    yield "two-sums.xml", text.replace(part, part + part.replace("127200", "1")).encode()
    yield "rate.xml", text.replace("<TaxRate>6%", "<TaxRate>" + "6" * 100_000).encode()
    yield "html.xml", b"<?xml version='1.0'?><html><script>alert(1)</script></html>"
    yield "svg.xml", b"<?xml version='1.0'?><svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>"
    yield "after.xml", good + b"PK\x03\x04" + bytes(1000)
    yield from cut("xml.xml", good, 8)
    yield from flipped("xml.xml", good, 8)
