"""Reads the QR code of an invoice, in both of its layouts, from a picture or a drawn page.

Older invoices: `01,10,code,number,net,date,check code,…`.  数电票: `01,31|32,,20-digit number,gross,date,,crc`.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

from yunquan.evidence.reading.invoices import values
from yunquan.evidence.reading.invoices.merge import ORDINARY, SPECIAL, Said
from yunquan.evidence.reading.unreadable import UnreadableError

MOST_PIXELS, MOST_SIDE = 40_000_000, 20_000
_MOST_UNPACKED = 120_000_000
# A code on a page photographed with this many pixels a side has several for each of its squares.
_ENOUGH = 2400
_KINDS = {
    "01": "增值税专用发票",
    "04": "增值税普通发票",
    "08": "增值税电子专用发票",
    "10": "增值税电子普通发票",
    "31": SPECIAL,
    "32": ORDINARY,
}


def parse(text: str) -> Said | None:
    """What the text of a QR code says, or None when it isn't an invoice's.

    >>> parse("01,32,,26440000000000000018,1272.00,20260901,,A1B2").values["gross_fen"]
    127200
    """
    parts = [part.strip() for part in text[:400].split(",")]
    if len(parts) < 7 or parts[0] != "01":
        return None
    number, amount = values.number(parts[3]), values.fen(parts[4])
    if number is None:
        return None
    told: dict[str, Any] = {
        "kind": _KINDS.get(parts[1]),
        "number": number,
        "code": values.code(parts[2]),
        "issued_on": values.day(parts[5]),
        "check_code": values.check_code(parts[6]),
    }
    # The sum is with the tax in one layout and without it in the other.
    told["gross_fen" if len(number) == 20 else "net_fen"] = amount
    return Said("qr", told)


def _formats() -> Any:
    import zxingcpp

    return zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def read_codes(image: Any) -> list[Said]:
    """The invoices' QR codes in a picture: anything that the library can look at as grey or RGB pixels."""
    import zxingcpp

    found = zxingcpp.read_barcodes(image, formats=_formats())
    told: list[Said] = []
    for code in found:
        said = parse(code.text)
        if said is not None and said not in told:
            told.append(said)
    return told


def read_picture(content: bytes) -> list[Said]:
    """The invoices' QR codes in a scan or a photograph (PNG, JPEG); raises UnreadableError for a bad picture."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
                # A large photograph is unpacked at a half, a quarter or an eighth from the start.
                opened.draft("L", (_ENOUGH, _ENOUGH))
                pixels = opened.width * opened.height
                if pixels > MOST_PIXELS or pixels * len(opened.getbands()) > _MOST_UNPACKED:
                    raise UnreadableError(f"图片有 {pixels // 10_000} 万像素，过大，请缩小后再上传")
                if max(opened.size) > MOST_SIDE:
                    raise UnreadableError(f"图片的一边超过 {MOST_SIDE} 像素，不像一张发票")
                grey = opened.convert("L")
    except UnreadableError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError):
        raise UnreadableError("图片已损坏或不完整，请重新拍照或扫描") from None
    whole = grey
    if max(grey.size) > 1.5 * _ENOUGH:
        grey = grey.copy()
        grey.thumbnail((_ENOUGH, _ENOUGH), Image.Resampling.BOX)
    return read_codes(grey) or (read_codes(whole) if whole is not grey else [])
