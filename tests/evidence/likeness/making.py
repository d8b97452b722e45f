"""Papers of plainly invented firms, as text, DOCX, PDF, workbook, and as pictures of pages, saved anew or scanned anew."""

from __future__ import annotations

import io
import random
from pathlib import Path

import docx
import numpy as np
import pylopdf_fonts_zh_cn
import typst
import xlsxwriter
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
SUPPLIER = "示例云科技（东莞）有限公司"

REPORT = """工业互联网应用服务验收报告
编号：{number}
项目单位：{enterprise}
服务单位：{supplier}
{enterprise}与{supplier}于{signed}签订合同，实施{service}服务。经双方现场核实，{shop}的{devices}台设备已接入云端平台，
{body}
试运行自{start}至{end}，期间处理报警{alarms}条，停机时间比上年同期下降{less}%。
验收结论：功能符合合同约定，运行稳定，同意验收。
{enterprise}（盖章）  {accepted}
"""
SENTENCES = (
    "采集开机率、稼动率和报警信息，操作工通过车间看板查看设备状态",
    "维修班按点检计划完成保养记录，故障停机后自动派单到当班维修员",
    "仓库管理员用手持终端扫码入库，系统按先进先出提示领料批次",
    "计划员在网页上排产，插单后系统重新计算各机台的开工时间",
    "质检员在工位平板录入不良原因，系统按小时汇总不良率并推送班长",
    "能耗表每十五分钟上传一次读数，夜间待机用电超出限值时短信提醒",
    "采购员在线询价和下单，供应商自行填报交货日期并上传检验单",
    "售后工程师远程查看设备参数，先在线处理再决定是否上门",
    "财务每月从系统导出往来对账单，与纸质台账逐笔核对无误",
    "考勤机数据自动进入绩效模块，班组长每周确认一次计件产量",
    "工艺员把加工程序放在云端统一管理，机台开工前自动下载最新版本",
    "项目经理按节点填报进度，延期超过三天时系统提醒责任人说明原因",
)
SERVICES = ("生产设备状态监控", "生产品质管控", "进销存及仓储管理", "供应链协同")


def facts(seed: int) -> dict[str, str]:
    """What a report of its own says, from a seed."""
    chance = random.Random(seed)
    firm = "".join(chance.sample("样板示范虚构假想某例", 3))
    month, day = chance.randint(1, 12), chance.randint(1, 27)
    return {
        "number": f"YS-2019-{seed:04d}",
        "enterprise": f"{firm}{chance.choice(('五金', '塑胶', '电子', '家具'))}{seed}制品有限公司",
        "supplier": SUPPLIER,
        "signed": f"2018年{month}月{day}日",
        "service": chance.choice(SERVICES),
        "shop": chance.choice(("注塑车间", "冲压车间", "装配线", "机加工车间")),
        "devices": str(chance.randint(100, 400)),
        "body": "。\n".join(chance.sample(SENTENCES, 6)) + "。",
        "start": f"2019年1月{chance.randint(2, 28)}日",
        "end": f"2019年2月{chance.randint(2, 27)}日",
        "alarms": str(chance.randint(100, 900)),
        "less": f"{chance.randint(11, 39)}.{chance.randint(1, 9)}",
        "accepted": f"2019年3月{chance.randint(2, 28)}日",
    }


def report(seed: int, **other: str) -> str:
    """An acceptance report of its own; `other` replaces what it says."""
    return REPORT.format(**{**facts(seed), **other})


def contract(
    *,
    enterprise: str,
    number: str,
    fee: str,
    day: str,
    service: str = "生产品质管控",
    supplier: str = SUPPLIER,
    body: str = "乙方为甲方提供云端软件服务，按月交付并提供培训。",
) -> str:
    """A contract as the annex's form writes it."""
    return (
        f"广东省工业企业“上云上平台”服务合同\n合同编号：{number}\n甲方：{enterprise}\n乙方：{supplier}\n"
        f"合同正文：{body}\n本合同符合上云上平台应用服务目录：1. {service}。\n本合同金额总计 {fee} 元。\n"
        f"经计算上云上平台费用合计 {fee} 元，其中{service}费用 {fee} 元。\n双方签章\n日期：{day}\n"
    )


def word(text: str) -> bytes:
    """The text as DOCX."""
    document, out = docx.Document(), io.BytesIO()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


def pdf(text: str) -> bytes:
    """The text as PDF with letters in it."""
    markup = '#set text(font: "Noto Sans SC", size: 11pt)\n#set page(width: 210mm, height: 297mm)\n'
    markup += "\n".join(f'#par(text("{line}"))' for line in text.splitlines())
    return bytes(typst.compile(markup.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True))


def workbook(text: str) -> bytes:
    """The text as XLSX, a line a row."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    for row, line in enumerate(text.splitlines()):
        page.write_string(row, 0, line)
    book.close()
    return out.getvalue()


def page(text: str, *, width: int = 1240, height: int = 1754) -> Image.Image:
    """A picture of the page, 150 points an inch, with a stamp."""
    sheet = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(FONTS / "NotoSansSC-Regular.otf"), width // 44)
    top = height // 12
    for line in text.splitlines():
        for start in range(0, len(line), 36):
            pen.text((width // 10, top), line[start : start + 36], fill=20, font=font)
            top += height // 40
    pen.ellipse((width * 0.6, height * 0.7, width * 0.8, height * 0.84), outline=90, width=6)
    return sheet


def saved(picture: Image.Image, *, quality: int = 80, kind: str = "JPEG") -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.convert("L").save(out, kind, quality=quality)
    return out.getvalue()


def resaved(picture: Image.Image, *, scale: float = 0.6, quality: int = 40) -> bytes:
    """The same picture made smaller and saved again at low quality."""
    small = picture.resize((int(picture.width * scale), int(picture.height * scale)))
    return saved(small, quality=quality)


def scanned(picture: Image.Image, seed: int, *, turn: float = 0.4) -> bytes:
    """The same paper scanned anew: a little askew, other margins, other light, grain."""
    chance = np.random.default_rng(seed)
    wide = Image.new("L", (picture.width + 60, picture.height + 90), 250)
    wide.paste(picture, (int(chance.integers(5, 50)), int(chance.integers(5, 80))))
    wide = wide.rotate(float(chance.uniform(-turn, turn)), fillcolor=250, resample=Image.Resampling.BICUBIC)
    wide = ImageEnhance.Brightness(wide).enhance(float(chance.uniform(0.88, 1.0)))
    grain = np.asarray(wide, dtype=np.float32) + chance.normal(0, 6, (wide.height, wide.width))
    return saved(Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)), quality=70)


def scan_pdf(pictures: list[Image.Image]) -> bytes:
    """A PDF of pictures without any letters."""
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=150)
    return out.getvalue()
