"""What each person does on the pages, from registration to payment; one function is one person's visit."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.site import PASSWORD, Visitor, paper

SUPPLIER_NAME = "虚构云服务（演示）有限公司"
PLEDGES = ("is_legal_person", "pledge")


def opens_account(visitor: Visitor, *, name: str, uscc: str, login: str) -> None:
    """A new enterprise opens its account and fills in its information with the licence."""
    visitor.open("/enterprise/register/")
    visitor.fill(name=name, uscc=uscc, person_name="测试经办人", phone="13800000000", username=login)
    visitor.fill(password=PASSWORD, password_again=PASSWORD)
    visitor.press("开通账号")
    assert visitor.path == "/enterprise/profile/", visitor.told
    visitor.upload("licence", paper("营业执照", ("名称", name)))
    visitor.fill(city="441900", address="测试路 1 号", founded_on="2012-03-01", industry="五金制品")
    visitor.fill(size="small", revenue="23,100,000", contact_name="测试经办人", contact_phone="13800000000")
    visitor.fill(bank_name="虚构银行测试支行", bank_account="6200000012345678")
    for pledge in PLEDGES:
        visitor.type(pledge, "1")
    visitor.press("提交审核")
    assert "已提交，" in visitor.text and "主管部门将在" in visitor.text


def approves_registration(reviewer: Visitor, *, name: str) -> None:
    """The city's reviewer opens the registration from the queue and approves it."""
    reviewer.open("/city/registrations/")
    reviewer.follow(name)
    assert "营业执照.pdf" in reviewer.text
    reviewer.press("审核通过")
    assert f"{name}：" in reviewer.text, reviewer.told


def starts_application(clerk: Visitor) -> str:
    """The clerk opens a draft; gives the voucher's number."""
    clerk.open("/enterprise/apply/")
    clerk.press("开始一份新的申领")
    found = re.fullmatch(r"/enterprise/apply/([^/]+)/contract/", clerk.path)
    assert found, clerk.path
    return found[1]


def fills_application(clerk: Visitor, number: str, *, contract: str) -> None:
    """The three steps of the wizard, ending on the page that checks everything."""
    base = f"/enterprise/apply/{number}"
    if clerk.path != f"{base}/contract/":
        clerk.open(f"{base}/contract/")
    clerk.upload("contract_file", paper("上云上平台服务合同", ("合同编号", contract)))
    clerk.fill(contract_number=contract, signed_on="2019-06-10", total="150,000", cloud_fee="130000.00")
    clerk.press("保存，下一步")
    chooses_services(clerk)
    clerk.press("保存，下一步")
    clerk.fill(implementation_city="441900", place="东莞市测试路 1 号")
    clerk.press("保存，下一步")
    assert clerk.path == f"{base}/check/", clerk.told


def chooses_services(clerk: Visitor) -> None:
    """设备 80,000 with 60 devices and 供应链 50,000, from the demonstration's supplier."""
    clerk.page.get_by_label(SUPPLIER_NAME).check()
    clerk.fill(lines__0__service="2", lines__0__fee="80000", lines__0__devices="60")
    clerk.fill(lines__0__device_value="3000000")
    clerk.press("＋ 增加一项应用服务")
    assert clerk.value("lines-0-fee") == "80000"
    clerk.fill(lines__1__service="8", lines__1__fee="50000")


def submits(clerk: Visitor, number: str) -> None:
    """From the page that checks everything: one press."""
    clerk.press("提交申领")
    assert clerk.path == f"/enterprise/vouchers/{number}/", clerk.told
    assert "已提交，等待供应商确认" in clerk.text


def confirms(supplier: Visitor, number: str) -> None:
    """The supplier compares the contract with what was typed, and confirms."""
    supplier.open(f"/supplier/confirm/{number}/")
    assert "上云上平台服务合同.pdf" in supplier.text
    supplier.type("relation", "no")
    supplier.press("确认无误，转主管部门审核")


def issues(reviewer: Visitor, number: str) -> None:
    """The city's reviewer decides on one screen."""
    reviewer.open(f"/city/applications/{number}/")
    reviewer.press("审核通过并发放")


def claims(clerk: Visitor, number: str, *, seller: tuple[str, str], buyer: tuple[str, str]) -> None:
    """Invoice, payment, acceptance report, and the submission of the claim."""
    clerk.open(f"/enterprise/claims/{number}/invoices/")
    clerk.upload("invoices-0-file", paper("增值税电子普通发票", ("购买方", buyer[1])))
    clerk.fill(invoices__0__number="20190001", invoices__0__code="044001900111")
    clerk.fill(invoices__0__issued_on="2019-06-14", invoices__0__gross="150000")
    clerk.fill(invoices__0__seller_name=seller[1], invoices__0__seller_uscc=seller[0])
    clerk.fill(invoices__0__buyer_uscc=buyer[0])
    clerk.press("保存，下一步")
    clerk.upload("proofs-0-file", paper("银行电子回单", ("付款方", buyer[1])))
    clerk.fill(proofs__0__bank="虚构银行", proofs__0__serial="T20190614001", proofs__0__paid_on="2019-06-14")
    clerk.fill(proofs__0__payer_name=buyer[1], proofs__0__payee_name=seller[1], proofs__0__amount="150000")
    clerk.press("保存，下一步")
    clerk.upload("report-file", paper("项目验收报告", ("甲方", buyer[1])))
    clerk.fill(report__number="YS-测试-001", report__accepted_on="2019-06-15")
    clerk.press("保存，下一步")
    clerk.press("提交兑现申请")
    assert clerk.path == f"/enterprise/vouchers/{number}/", clerk.told


def attests(supplier: Visitor, number: str) -> None:
    """The supplier names a client and a cloud end for each service and attests the claim."""
    supplier.open(f"/supplier/attest/{number}/")
    for place in range(4):
        kind = supplier.value(f"ends-{place}-kind")
        supplier.type(f"ends-{place}-value", f"120.79.9.{10 + place}" if kind == "ip" else "mes.example.com")
        if kind == "host":
            supplier.type(f"ends-{place}-port", "443")
    supplier.press("确认兑现")
    if supplier.path.startswith("/supplier/attest/"):
        supplier.press("确认兑现")
    assert "兑现已确认" in supplier.text, supplier.told


def records_verdict(officer: Visitor, number: str) -> None:
    """The province records by hand that the service is in use, with a document."""
    officer.open(f"/province/verdicts/{number}/")
    officer.upload("document", paper("行为数据核验说明", ("券号", number)))
    officer.fill(outcome="done", reasons_text="连接记录显示持续使用（测试）")
    officer.press("录入判定")
    assert "已录入判定（人工录入）" in officer.text


def approves_claim(reviewer: Visitor, number: str) -> None:
    reviewer.open(f"/city/claims/{number}/")
    reviewer.press("兑现审核通过")


def draws_up(reviewer: Visitor) -> str:
    """The list is frozen; gives its path on the city's desk."""
    reviewer.open("/city/lists/")
    reviewer.follow("编制清单")
    reviewer.press("编制并冻结")
    assert "待审批人审批后公示" in reviewer.text
    return reviewer.path


def publishes(approver: Visitor, path: str) -> str:
    """Another person approves the list; gives its path on the public pages."""
    approver.open(path)
    approver.press("审批并公示")
    assert "已审批并公示" in approver.text
    return path.replace("/city/lists/", "/publicity/")


def objects(visitor: Visitor, path: str, *, name: str) -> str:
    """A visitor without login objects to one line; gives the tracking code."""
    visitor.open(path)
    assert "公示中，还剩" in visitor.text and name in visitor.text
    visitor.page.locator("tr", has_text=name).get_by_role("link", name="提出异议").click()
    visitor.page.wait_for_url("**/objection/")
    visitor.page.wait_for_timeout(3_200)  # Nobody reads and fills the form in less; machines do.
    visitor.fill(raised_by="测试异议人", contact="13900000000", grounds="请核查该项目是否在用（测试）。")
    visitor.press("提交异议")
    found = re.search(r"code=(\w+)", visitor.page.url)
    assert found, visitor.told
    return found[1]


def dismisses(approver: Visitor, code: str, *, name: str) -> None:
    """The approver finds the objection in the queue and dismisses it with a reason."""
    approver.open("/city/objections/")
    approver.follow(name)
    assert code in approver.text
    approver.fill(reason="现场核实系统在用（测试）。")
    approver.press("认定不成立")


def prepares_run(reviewer: Visitor) -> str:
    reviewer.open("/city/payments/")
    reviewer.press("按此结果编制批次")
    assert "批次已编制" in reviewer.text, reviewer.told
    return reviewer.path


def pays(cashier: Visitor, path: str, folder: Path) -> None:
    """The cashier releases the run, takes the payment file, and brings the bank's answer back."""
    cashier.open(path)
    cashier.press("复核放行")
    assert "已放行" in cashier.text
    cashier.page.locator("summary", has_text="下载兑付文件").click()
    taken = {}
    for words in ("兑付文件 CSV", "兑付文件 Excel", "银行结果空表 CSV"):
        with cashier.page.expect_download() as waiting:
            cashier.page.get_by_role("link", name=words).click()
        taken[words] = folder / waiting.value.suggested_filename
        waiting.value.save_as(taken[words])
    assert taken["兑付文件 Excel"].read_bytes().startswith(b"PK")
    head, *rows = taken["银行结果空表 CSV"].read_text(encoding="utf-8-sig").splitlines()
    assert head == "instruction,amount,outcome,bank_reference,settled_on,reason"
    filled = [
        ",".join([*row.split(",")[:2], "成功", f"B{row.split(',')[0]}", "2019-07-01", ""]) for row in rows
    ]
    answer = "\n".join([head, *filled, ""]).encode()
    cashier.upload("results", {"name": "bank.csv", "mimeType": "text/csv", "buffer": answer})
    cashier.press("导入")
    assert "本次导入结果" in cashier.text and "未登记" not in cashier.text, cashier.told
    cashier.press("办结")
