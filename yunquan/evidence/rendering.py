"""Draws one page of a PDF or one picture as PNG, in a process of its own that limits itself first.

Run as `python -m yunquan.evidence.rendering`: it reads the file from its standard input, so it needs
no access to files, and writes the picture, or a page count, to its standard output.
"""

from __future__ import annotations

import io
import resource
import sys

from yunquan.evidence.reading import confinement

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 15
MOST_PIXELS = 40_000_000


def limit_oneself() -> None:
    """Give up the network, every call that drawing doesn't need, and more memory or time than a page takes."""
    confinement.leave_the_network()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confinement.give_up_calls()


def count_pages(content: bytes) -> int:
    """How many pages a PDF has."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        return len(document)
    finally:
        document.close()


def draw_page(content: bytes, page: int, width: int) -> bytes:
    """One page of a PDF, `width` pixels wide, as PNG; raises IndexError for a page that isn't there."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        if not 0 <= page < len(document):
            raise IndexError(page)
        sheet = document[page]
        wide, high = sheet.get_size()
        scale = min(width / max(wide, 1.0), (MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
        image = sheet.render(scale=scale).to_pil()
        return _as_png(image)
    finally:
        document.close()


def draw_picture(content: bytes, width: int) -> bytes:
    """A picture turned upright and made `width` pixels wide at most, as PNG without its hidden data."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((width, width * 4))
    return _as_png(image)


def _as_png(image: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")  # type: ignore[attr-defined]
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Do one piece of work named on the command line: `count`, `page N WIDTH` or `picture WIDTH`."""
    limit_oneself()
    content = sys.stdin.buffer.read()
    if arguments[0] == "count":
        out = str(count_pages(content)).encode()
    elif arguments[0] == "page":
        out = draw_page(content, int(arguments[1]), int(arguments[2]))
    else:
        out = draw_picture(content, int(arguments[1]))
    sys.stdout.buffer.write(out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
