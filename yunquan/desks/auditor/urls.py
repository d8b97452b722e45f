"""The addresses of the auditor's desk: pages to read, and nothing that acts."""

from django.urls import path

from yunquan.desks.auditor import books, log, pages, replays, usage
from yunquan.desks.auditor.frame import desk
from yunquan.desks.shared import alike_pages, contact_register, ends, evaluation_pages, messages, split_pages
from yunquan.desks.shared.demonstrations.pages import DemonstrationPages
from yunquan.desks.shared.inspections.result_pages import ResultPages
from yunquan.desks.shared.inspections.standing_pages import StandingPages
from yunquan.desks.shared.matching import ReadPages

MESSAGES, MESSAGE = messages.pages(desk, "/auditor/messages/")

app_name = "auditor"
urlpatterns = [
    path("", pages.home, name="home"),
    path("log/", desk(log.LogList.as_view()), name="log"),
    path("log/verify/", log.verify, name="verify"),
    path("log/<int:seq>/", log.entry, name="entry"),
    path("accounts/", desk(books.AccountList.as_view()), name="accounts"),
    path("transfers/", desk(books.TransferList.as_view()), name="transfers"),
    path("vouchers/", desk(pages.VoucherList.as_view()), name="vouchers"),
    path("vouchers/<str:number>/", pages.voucher, name="voucher"),
    path("vouchers/<str:number>/ends/", ends.view(desk, "/auditor/vouchers/"), name="ends_history"),
    path("alike/<int:one>/<int:other>/", alike_pages.view(desk), name="alike"),
    path("vouchers/<str:number>/usage/", usage.use, name="voucher_usage"),
    path("deliveries/", desk(usage.DeliveryList.as_view()), name="deliveries"),
    path("deliveries/<int:pk>/", usage.delivery, name="delivery"),
    path("deliveries/<int:pk>/bad.csv", usage.bad_lines, name="bad_lines"),
    path("verdicts/", desk(usage.VerdictList.as_view()), name="verdicts"),
    path("enterprises/", desk(pages.EnterpriseList.as_view()), name="enterprises"),
    path("enterprises/<int:pk>/", pages.enterprise, name="enterprise"),
    path("suppliers/", desk(pages.SupplierList.as_view()), name="suppliers"),
    path("suppliers/<int:pk>/", pages.supplier, name="supplier"),
    path("lists/", desk(pages.SettlementLists.as_view()), name="lists"),
    path("lists/<int:pk>/", pages.settlement_list, name="settlement_list"),
    path("runs/", desk(pages.RunList.as_view()), name="runs"),
    path("runs/<int:pk>/", pages.run, name="run"),
    *ReadPages(desk, "/auditor/matching/").urls(),
    *contact_register.ReadPages(desk, "/auditor/").urls(),
    *evaluation_pages.ReadPages(desk, "/auditor/evaluations/", suppliers="/auditor/suppliers/").urls(),
    *split_pages.ReadPages(desk, "/auditor/splits/").urls(),
    path("messages/", MESSAGES, name="messages"),
    path("messages/<int:pk>/", MESSAGE, name="message"),
    *replays.urlpatterns,
    path("rules/", pages.rule_changes, name="rules"),
    path("rules/<int:pk>/", pages.rule_change, name="rule_change"),
    *ResultPages(desk, "/auditor/inspections/results/").urls(),
    *StandingPages(desk, "/auditor/inspections/standings/").urls(),
    *DemonstrationPages(desk, "/auditor/demonstrations/").urls(),
]
