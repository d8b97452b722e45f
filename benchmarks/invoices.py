"""Reading invoices: 1,000 XML and 1,000 PDF with QR code, a minute and core, against the bare libraries.

`python -m benchmarks.invoices [COUNT]` makes the files (a tenth of the PDFs are different, each is read ten times),
then reads them in turns with `yunquan invoice read` and with a plain script that uses the same libraries in one
process without limits, and finds the same fields in the XML; in a PDF it only takes text and QR code.  What counts is
processor time with all children.  Starting a program is measured with one file and taken off on both sides, for the
site's readers stand warm.  Ours may take 1.3 times as much, and must read 1,000 a minute and core.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

COUNT = 1_000
AT_MOST = 1.3
AT_LEAST = 1_000
ROUNDS = 3
_FIELDS = (
    "TaxSupervisionInfo/InvoiceNumber", "TaxSupervisionInfo/IssueTime",
    "EInvoiceData/SellerInformation/SellerName", "EInvoiceData/SellerInformation/SellerIdNum",
    "EInvoiceData/BuyerInformation/BuyerName", "EInvoiceData/BuyerInformation/BuyerIdNum",
    "EInvoiceData/BasicInformation/TotalAmWithoutTax", "EInvoiceData/BasicInformation/TotalTaxAm",
    "EInvoiceData/BasicInformation/TotalTax-includedAmount",
    "Header/InherentLabel/GeneralOrSpecialVAT/LabelName",
)  # fmt: skip


def make(folder: Path, count: int) -> None:
    """The files of both forms."""
    from tests.evidence.papers import einvoice, invoice, pdf

    for form in ("xml", "pdf"):
        (folder / form).mkdir()
    for place in range(count):
        (folder / "xml" / f"{place:04d}.xml").write_bytes(einvoice.xml(invoice.digital(place)))
    for place in range(0, count, 10):
        paper = invoice.digital(place) if place % 20 else invoice.older(place)
        content = pdf.pdf(paper)
        for again in range(min(10, count - place)):
            (folder / "pdf" / f"{place + again:04d}.pdf").write_bytes(content)


def bare_xml(content: bytes) -> dict[str, Any]:
    """The fields of one XML, with the bare library."""
    from defusedxml.ElementTree import fromstring

    root = fromstring(content)
    return {path: root.findtext(path) for path in _FIELDS}


def bare_pdf(content: bytes) -> dict[str, Any]:
    """Text and QR code of one PDF, with the bare libraries."""
    import pypdfium2
    import zxingcpp

    document = pypdfium2.PdfDocument(content)
    page = document[0]
    text = page.get_textpage().get_text_range()
    drawn = page.render(scale=2, grayscale=True)
    dots = memoryview(drawn.buffer).cast("B").cast("B", (drawn.height, drawn.stride))
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    codes = [code.text for code in zxingcpp.read_barcodes(dots, formats=formats)]
    del dots
    drawn.close()
    document.close()
    found = re.search(r"\d{20}|\d{8}", text)
    return {"text": text, "codes": codes, "number": found[0] if found else None}


def bare(form: str, folder: Path, out: Path, count: int) -> None:
    """Read a folder with the bare libraries."""
    read: Callable[[bytes], dict[str, Any]] = bare_xml if form == "xml" else bare_pdf
    with out.open("w", encoding="utf-8") as target:
        for file in sorted((folder / form).iterdir())[:count]:
            target.write(
                json.dumps({"file": str(file), **read(file.read_bytes())}, ensure_ascii=False) + "\n"
            )


def measured(command: list[str]) -> float:
    """The processor seconds of a program with all of its children; raises SystemExit when it fails."""
    started = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{command[:4]} failed")
    return usage.ru_utime + usage.ru_stime


def main(count: int) -> int:
    """Measure both forms in turns and give 1 when a target is missed."""
    missed = False
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make(folder, count)
        for form in ("xml", "pdf"):
            files = sorted(map(str, (folder / form).iterdir()))
            out = folder / f"{form}.jsonl"
            code = "from yunquan.evidence.commands.invoice import invoice; invoice()"

            def ours(number: int, out: Path = out, files: list[str] = files, code: str = code) -> float:
                return measured([sys.executable, "-c", code, "read", *files[:number], "--out", str(out)])

            def plain(number: int, form: str = form) -> float:
                place = ["bare", form, str(folder), str(folder / "bare"), str(number)]
                return measured([sys.executable, "-m", "benchmarks.invoices", *place])

            taken: list[tuple[float, float]] = []
            for _round in range(ROUNDS):
                starting = ours(1), plain(1)
                taken.append((ours(count) - starting[0], plain(count) - starting[1]))
            told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
            wrong = sum(
                one["error"] is not None or bool(one["conflicts"]) or not one["seller"] for one in told
            )
            seconds = statistics.median(mine for mine, _theirs in taken)
            ratio = statistics.median(mine / theirs for mine, theirs in taken)
            rate = 60 * count / seconds
            print(
                f"{form}: {rate:,.0f} a minute and core (at least {AT_LEAST:,}), {ratio:.2f} times the bare libraries "
                f"(at most {AT_MOST}), {wrong} of {len(told)} not read whole"
            )
            missed = missed or rate < AT_LEAST or ratio > AT_MOST or wrong > 0 or len(told) != count
    return int(missed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        bare(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
        sys.exit(0)
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else COUNT))
