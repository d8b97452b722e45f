"""What can be compared of a file: its text, or pictures of its pages; runs only in the confined process."""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from yunquan.evidence import kinds
from yunquan.evidence.likeness.pictures import Picture, picture_of
from yunquan.evidence.likeness.shingles import MOST_CHARACTERS, plain
from yunquan.evidence.reading.unreadable import UnreadableError
from yunquan.papers.zipguard import UnsafeFileError, guard

MOST_PAGES, MOST_PICTURES = 300, 6
MOST_PIXELS = 40_000_000
_PAGE_PIXELS = 480
_MOST_MARKUP = 24 * 1024 * 1024
# A page with fewer letters than this is a picture of a page.
_LEAST_LETTERS = 24
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*", b"GIF8", b"RIFF")
_TEXT_ENDS = (".txt", ".csv", ".md", ".xml", ".html", ".json")

STRANGE = "不能识别的文件格式；可以比对 PDF、DOCX、XLSX、TXT 和图片"
LOCKED = "文件有密码，无法读取"
DAMAGED = "文件已损坏或不完整，无法读取"
HUGE_PICTURE = f"图片超过 {MOST_PIXELS // 10_000} 万像素，没有读取"
SWOLLEN = "文件展开后过大，没有读取"
NOTHING = "文件里没有可以比对的文字或图像"


def warm() -> None:
    """Load what the readers load late, so that no fork has to."""
    import encodings.gb18030
    import encodings.utf_16  # noqa: F401

    import numpy as np
    import pypdfium2  # noqa: F401
    import python_calamine  # noqa: F401
    from PIL import Image

    Image.init()
    picture_of(np.tile(np.arange(0, 250, 5, dtype=np.uint8), (50, 1)))


def read(content: bytes, name: str) -> dict[str, Any]:
    """The text of a file and pictures of its pages without text; raises UnreadableError with the reason."""
    text, pictures = _opened(content, name)
    text = text[:MOST_CHARACTERS]
    if not plain(text) and not pictures:
        raise UnreadableError(NOTHING)
    return {
        "text": text,
        "pictures": [
            {"page": page, "bits": one.bits.hex(), "grey": base64.b64encode(one.grey).decode()}
            for page, one in pictures
        ],
    }


def pictures_from(read_parts: list[dict[str, Any]]) -> list[tuple[int, Picture]]:
    """The pictures again from what `read` said, with the page of each."""
    return [
        (int(part["page"]), Picture(bytes.fromhex(part["bits"]), base64.b64decode(part["grey"])))
        for part in read_parts
    ]


def _opened(content: bytes, name: str) -> tuple[str, list[tuple[int, Picture]]]:
    kind = kinds.kind_of(content)
    if kind == kinds.PDF:
        return _pdf(content)
    if kind == kinds.DOCX:
        return _docx(content), []
    if kind == kinds.XLSX:
        return _xlsx(content), []
    if kind == kinds.XML:
        return _markup(content), []
    if content.startswith(_PICTURE_STARTS):
        return "", _image(content)
    if kind is None and name.lower().endswith(_TEXT_ENDS):
        return _text(content), []
    raise UnreadableError(STRANGE)


def _pdf(content: bytes) -> tuple[str, list[tuple[int, Picture]]]:
    import numpy as np
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        raise UnreadableError(LOCKED if "assword" in str(fault) else DAMAGED) from None
    parts: list[str] = []
    length, pictures = 0, list[tuple[int, Picture]]()
    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
            said = page.get_textpage().get_text_bounded()
            letters = len(plain(said))
            if letters < _LEAST_LETTERS and len(pictures) < MOST_PICTURES:
                scale = _PAGE_PIXELS / max(*page.get_size(), 1.0)
                drawn = page.render(scale=scale, grayscale=True).to_numpy()
                picture = picture_of(np.ascontiguousarray(drawn.reshape(drawn.shape[:2])))
                if picture is not None:
                    pictures.append((number + 1, picture))
        except pypdfium2.PdfiumError:
            # One bad page doesn't hide the others.
            continue
        parts.append(said)
        length += len(said)
        if length > MOST_CHARACTERS:
            break
    return "\n".join(parts), pictures


def _unpacked(package: zipfile.ZipFile, member: str) -> bytes:
    """One part of a package; the size that its header tells is not believed."""
    with package.open(member) as part:
        content = part.read(_MOST_MARKUP + 1)
    if len(content) > _MOST_MARKUP:
        raise UnreadableError(SWOLLEN)
    return content


def _elements(content: bytes) -> Iterator[tuple[str, str]]:
    """Every element's name without its namespace, and its own text."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise UnreadableError(DAMAGED) from None
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element.text or ""


def _docx(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            markup = _unpacked(package, "word/document.xml")
    except (
        zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, KeyError, OSError, EOFError, ValueError,
    ):  # fmt: skip
        raise UnreadableError(DAMAGED) from None
    parts: list[str] = []
    for tag, said in _elements(markup):
        if tag == "t":
            parts.append(said)
        elif tag in ("p", "tr", "br"):
            parts.append("\n")
        elif tag in ("tab", "tc"):
            parts.append(" ")
    return "".join(parts)


def _xlsx(content: bytes) -> str:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        guard(content, max_rows=200_000, max_columns=256)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        parts: list[str] = []
        length = 0
        for title in book.sheet_names[:64]:
            for row in book.get_sheet_by_name(title).iter_rows():
                line = " ".join(_cell(cell) for cell in row)
                parts.append(line)
                length += len(line)
                if length > MOST_CHARACTERS:
                    return "\n".join(parts)
        return "\n".join(parts)
    except UnsafeFileError as unsafe:
        raise UnreadableError(f"{unsafe.reason}（应为：{unsafe.expected}）") from None
    except (CalamineError, ValueError, OSError):
        raise UnreadableError(DAMAGED) from None


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _markup(content: bytes) -> str:
    if len(content) > _MOST_MARKUP:
        raise UnreadableError(SWOLLEN)
    return "\n".join(said.strip() for _tag, said in _elements(content) if said.strip())


def _text(content: bytes) -> str:
    for start, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(start):
            return content.decode(encoding, errors="replace")
    # A text has no zero bytes; a program or a picture under a text's name does.
    if b"\x00" in content:
        raise UnreadableError(STRANGE)
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    if len(re.findall(rb"[\x01-\x08\x0e-\x1f]", content[:4096])) > 8:
        raise UnreadableError(STRANGE)
    return content.decode("utf-8", errors="replace")


def _image(content: bytes) -> list[tuple[int, Picture]]:
    import warnings

    import numpy as np
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise UnreadableError(HUGE_PICTURE)
                # A large photograph is decoded at a fraction of its size where its format can do that.
                opened.draft("L", (2 * _PAGE_PIXELS, 2 * _PAGE_PIXELS))
                opened.thumbnail((4 * _PAGE_PIXELS, 4 * _PAGE_PIXELS), reducing_gap=2.0)
                upright = ImageOps.exif_transpose(opened)
                if upright.mode in ("RGBA", "LA", "PA", "P"):
                    paper = Image.new("RGBA", upright.size, "white")
                    upright = Image.alpha_composite(paper, upright.convert("RGBA"))
                grey = np.asarray(upright.convert("L"))
    except UnreadableError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableError(HUGE_PICTURE) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError):
        raise UnreadableError(DAMAGED) from None
    picture = picture_of(grey)
    return [(1, picture)] if picture is not None else []
