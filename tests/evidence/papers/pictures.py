"""QR codes as pictures, and pages as a scanner or a telephone gives them."""

from __future__ import annotations

import io
import random

import pypdfium2
import segno
from PIL import Image, ImageFilter

from tests.evidence.papers.invoice import Paper, qr_text


def qr_image(text: str, *, scale: int = 4) -> Image.Image:
    """A QR code as a grey picture with its quiet border."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=scale, border=4)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def qr_png(paper: Paper, *, scale: int = 4) -> bytes:
    """The invoice's QR code as PNG."""
    return as_bytes(qr_image(qr_text(paper), scale=scale), "PNG")


def as_bytes(image: Image.Image, form: str = "PNG", **how: int) -> bytes:
    """A picture in a file's form."""
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def scan(pdf: bytes, *, dots: int = 200) -> Image.Image:
    """The first page as a scanner sees it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].render(scale=dots / 72).to_pil().convert("L")
    finally:
        document.close()


def photograph(pdf: bytes, *, turned: float = 4.0, seed: int = 1) -> bytes:
    """The first page as a telephone sees it: on a dark table, turned, uneven light, noise, JPEG."""
    chance = random.Random(seed)
    page = scan(pdf, dots=160)
    table = Image.new("L", (page.width + 400, page.height + 400), 70)
    table.paste(page, (200, 200))
    seen = table.rotate(turned, fillcolor=70, resample=Image.Resampling.BICUBIC)
    light = Image.linear_gradient("L").resize(seen.size).point(lambda step: 150 + step * 105 // 255)
    from PIL import ImageChops

    seen = ImageChops.multiply(seen, light).filter(ImageFilter.GaussianBlur(0.6))
    noise = Image.effect_noise(seen.size, 18 + chance.random())
    seen = Image.blend(seen, noise, 0.08)
    return as_bytes(seen, "JPEG", quality=80)


def scanned_pdf(pdf: bytes) -> bytes:
    """A PDF whose only page is a picture."""
    return as_bytes(scan(pdf).convert("RGB"), "PDF")
