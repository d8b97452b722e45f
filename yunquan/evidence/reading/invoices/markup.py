"""Opens XML of strangers: any of the encodings that Chinese programs write, and never a document type."""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from yunquan.evidence.reading.unreadable import UnreadableError

MOST_BYTES = 5 * 1024 * 1024
MOST_DEPTH = 60
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_KNOWN = {"utf-8", "utf8", "utf-16", "gb2312", "gbk", "gb18030", "cp936", "us-ascii", "ascii"}


def text_of(content: bytes) -> str:
    """The text of an XML file; raises UnreadableError when its bytes aren't what it declares."""
    declared = _DECLARED.match(content)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif content.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif encoding not in _KNOWN:
        raise UnreadableError(f"XML 声明的文字编码“{encoding}”不被接受，应为 UTF-8 或 GB18030")
    elif encoding in ("gb2312", "gbk", "cp936"):
        # GB18030 holds both, and programs that declare the older ones write its characters all the same.
        encoding = "gb18030"
    try:
        text = content.decode(encoding)
    except UnicodeError:
        raise UnreadableError("文件的文字编码与 XML 声明的不一致，无法读取") from None
    return text


def parse(content: bytes) -> ET.Element:
    """The root of an XML file, its names without their namespaces; raises UnreadableError with the reason in Chinese."""
    if len(content) > MOST_BYTES:
        raise UnreadableError(f"XML 超过 {MOST_BYTES // 1048576} MB，不像一张发票")
    try:
        # The text is already decoded, so the declaration has had its say.
        text = _DECLARATION.sub("", text_of(content), count=1)
        # Nothing can be declared without these signs; where they stand, the careful parser judges what they are.
        declares = "<!DOCTYPE" in text or "<!ENTITY" in text
        root: ET.Element = fromstring(text, forbid_dtd=True) if declares else ET.fromstring(text)
    except DefusedXmlException:
        raise UnreadableError("XML 含有文档类型或实体定义，出于安全不予读取") from None
    except (ET.ParseError, ValueError):
        raise UnreadableError("XML 不完整或格式有误，请重新下载原件") from None
    if "xmlns" in text:
        for element in root.iter():
            if isinstance(element.tag, str):
                element.tag = element.tag.rsplit("}", 1)[-1]
    return root


def at(element: ET.Element | None, *path: str) -> ET.Element | None:
    """The first element at a path of names, or None."""
    for name in path:
        if element is None:
            return None
        element = element.find(name)
    return element


def children(element: ET.Element | None, name: str) -> list[ET.Element]:
    """The children of that name."""
    return [] if element is None else element.findall(name)


def words(element: ET.Element | None, *path: str) -> str | None:
    """The text of the first element at a path, or None where there is none."""
    for name in path[:-1]:
        if element is None:
            return None
        element = element.find(name)
    text = element.findtext(path[-1]) if element is not None else None
    return (text.strip() or None) if text else None
