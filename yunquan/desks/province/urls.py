"""The addresses of the province's desk."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from yunquan.desks.province import (
    award_standard,
    completion,
    contacts,
    cycles,
    evaluations,
    figures,
    home,
    importing,
    inspections_experts,
    inspections_rectifying,
    inspections_selfchecks,
    notices,
    objections,
    overview,
    prices,
    products,
    quotas,
    registers,
    replays,
    reviewing,
    rules,
    sources,
    splits,
    usage,
    verdicts,
)
from yunquan.desks.province.frame import desk
from yunquan.desks.shared import alike_pages, delegating, ends, messages
from yunquan.desks.shared.demonstrations.pages import DemonstrationPages
from yunquan.desks.shared.inspections import hub, rectify_pages
from yunquan.desks.shared.inspections.plan_pages import PlanPages
from yunquan.desks.shared.inspections.result_pages import ResultPages
from yunquan.desks.shared.inspections.standing_pages import StandingPages
from yunquan.desks.shared.inspections.training_pages import TrainingPages
from yunquan.desks.shared.inspections.visit_desks import VisitPages
from yunquan.desks.shared.matching import ReadPages

MESSAGES, MESSAGE = messages.pages(desk, "/province/messages/")

DELEGATIONS = delegating.page(desk, "/province/delegations/")

app_name = "province"
urlpatterns = [
    path("", home.home, name="home"),
    path("inbox/", home.inbox, name="inbox"),
    path("cycles/", cycles.cycles, name="cycles"),
    path("cycles/new/", cycles.create, name="create"),
    path("cycles/<int:pk>/", cycles.show, name="cycle"),
    re_path(r"^cycles/(?P<pk>[0-9]{1,9})/(?P<action>open|close)$", cycles.move, name="cycle_move"),
    path("cycles/<int:pk>/windows/", cycles.windows, name="windows"),
    path("cycles/<int:pk>/quotas/", quotas.quotas, name="quotas"),
    path("cycles/<int:pk>/quotas/import/", importing.quotas, name="import_quotas"),
    path("cycles/<int:pk>/reallocate/", quotas.reallocate, name="reallocate"),
    path("cycles/<int:pk>/funds/", quotas.funds, name="funds"),
    path("delegations/", DELEGATIONS, name="delegations"),
    path("figures/", figures.show, name="figures"),
    *ReadPages(desk, "/province/matching/").urls(),
    path("overview/", overview.overview, name="overview"),
    *replays.urlpatterns,
    *evaluations.urlpatterns,
    *splits.urlpatterns,
    *award_standard.urlpatterns,
    path("rules/", rules.rules, name="rules"),
    path("rules/catalogue/", rules.catalogue, name="catalogue"),
    path("rules/changes/<int:pk>/", rules.change, name="change"),
    path("rules/changes/<int:pk>/edit/", rules.edit, name="edit"),
    re_path(
        r"^rules/changes/(?P<pk>[0-9]{1,9})/(?P<action>submit|publish|withdraw|send_back)$",
        rules.move,
        name="change_move",
    ),
    path("rules/<slug:pack>/<str:key>/", rules.rule, name="rule"),
    path("rules/<slug:pack>/<str:key>/change/", rules.draft, name="draft"),
    path("suppliers/", desk(registers.SupplierList.as_view()), name="suppliers"),
    path("suppliers/import/", importing.suppliers, name="import_suppliers"),
    path("suppliers/<int:pk>/", reviewing.supplier, name="supplier"),
    path("suppliers/<int:pk>/experts", reviewing.ask, name="ask"),
    path("suppliers/<int:pk>/register", reviewing.register, name="register"),
    path("suppliers/<int:pk>/turn-down", reviewing.turn_down, name="turn_down"),
    path("products/", desk(products.ProductList.as_view()), name="products"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/list", products.list_product, name="list_product"),
    path("products/<int:pk>/send-back", products.send_back, name="send_back_product"),
    path("products/<int:pk>/delist", products.delist, name="delist_product"),
    path("prices/", prices.prices, name="prices"),
    path("verdicts/", desk(verdicts.VerdictList.as_view()), name="verdicts"),
    path("verdicts/<str:number>/", verdicts.verdict, name="verdict"),
    path("usage/", usage.overview, name="usage"),
    path("completion/", completion.tables, name="completion"),
    path("completion/<int:pk>/", completion.table, name="completion_table"),
    re_path(
        r"^completion/(?P<pk>[0-9]{1,9})/(?P<action>send|withdraw)$", completion.move, name="completion_move"
    ),
    re_path(
        r"^completion/(?P<pk>[0-9]{1,9})/table\.(?P<kind>pdf|xlsx|csv|json)$",
        completion.download,
        name="completion_file",
    ),
    path("objections/", desk(objections.ObjectionList.as_view()), name="objections"),
    path("objections/<int:pk>/", objections.objection, name="objection"),
    path("messages/", MESSAGES, name="messages"),
    path("messages/<int:pk>/", MESSAGE, name="message"),
    path("vouchers/", desk(registers.VoucherList.as_view()), name="vouchers"),
    path("alike/<int:one>/<int:other>/", alike_pages.view(desk), name="alike"),
    path("vouchers/<str:number>/usage/", usage.use, name="voucher_usage"),
    path("vouchers/<str:number>/", registers.voucher, name="voucher"),
    path("vouchers/<str:number>/ends/", ends.view(desk, "/province/vouchers/"), name="ends_history"),
    path("sources/", sources.sources, name="sources"),
    path("sources/all/", sources.listing, name="deliveries"),
    path("sources/<int:pk>/", sources.delivery, name="delivery"),
    path("sources/<int:pk>/withdraw/", sources.withdraw, name="withdraw_delivery"),
    path("sources/<int:pk>/bad.csv", sources.bad_lines, name="bad_lines"),
    path("enterprises/", desk(registers.EnterpriseList.as_view()), name="enterprises"),
    path("enterprises/import/", importing.enterprises, name="import_enterprises"),
    path("enterprises/<int:pk>/", registers.enterprise, name="enterprise"),
    *contacts.PAGES.urls(),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.write, name="write"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("calendar/", notices.calendar, name="calendar"),
    path("inspections/", hub.page(desk, "province"), name="inspections"),
    *VisitPages(desk, "/province/inspections/visits/").urls(),
    path("inspections/custody/", desk(RedirectView.as_view(url="/desk/custody/")), name="custody"),
    path("inspections/experts/", desk(inspections_experts.ExpertList.as_view()), name="experts"),
    path("inspections/experts/new/", inspections_experts.write, name="expert_new"),
    path("inspections/experts/<int:pk>/", inspections_experts.show, name="expert_sheet"),
    path("inspections/experts/<int:pk>/edit/", inspections_experts.write, name="expert_edit"),
    *TrainingPages(desk, "/province/inspections/training/").urls(),
    *PlanPages(desk, "/province/inspections/plans/").urls(),
    path("inspections/self-checks/", inspections_selfchecks.rounds, name="self_checks"),
    path(
        "inspections/self-checks/plans/<str:number>/",
        desk(inspections_selfchecks.RoundList.as_view()),
        name="self_check_round",
    ),
    path(
        "inspections/self-checks/plans/<str:number>/open",
        inspections_selfchecks.opening,
        name="self_check_open",
    ),
    path("inspections/self-checks/<int:pk>/", inspections_selfchecks.table, name="self_check"),
    re_path(
        r"^inspections/self-checks/(?P<pk>[0-9]{1,9})/table\.(?P<kind>xlsx|csv|pdf)$",
        inspections_selfchecks.download,
        name="self_check_file",
    ),
    path(
        "inspections/rectifications/",
        desk(rectify_pages.RectificationList.as_view()),
        name="rectifications",
    ),
    path("inspections/rectifications/<int:pk>/", inspections_rectifying.rectification, name="rectification"),
    path(
        "inspections/candidates/",
        desk(inspections_rectifying.CandidateList.as_view()),
        name="candidates",
    ),
    path("inspections/candidates/publish", inspections_rectifying.publishing, name="candidates_publish"),
    path("inspections/candidates/list.pdf", inspections_rectifying.candidates_paper, name="candidates_pdf"),
    *ResultPages(desk, "/province/inspections/results/").urls(),
    *StandingPages(desk, "/province/inspections/standings/").urls(),
    *DemonstrationPages(desk, "/province/demonstrations/", officials=True).urls(),
]
