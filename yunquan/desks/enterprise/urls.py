"""The addresses of the enterprise's desk; the registration page is open to everyone."""

from django.urls import path

from yunquan.desks.enterprise import (
    applying,
    claiming,
    home,
    inspections_rectifying,
    inspections_refs,
    matching,
    profile,
    registering,
    usage,
    vouchers,
)
from yunquan.desks.enterprise.frame import desk
from yunquan.desks.shared.demonstrations.pages import DemonstrationPages
from yunquan.desks.shared.inspections import hub, rectify_pages
from yunquan.desks.shared.inspections.result_pages import ResultPages
from yunquan.desks.shared.inspections.standing_pages import StandingPages
from yunquan.desks.shared.inspections.visit_parties import PartyPages

app_name = "enterprise"
urlpatterns = [
    path("", home.home, name="home"),
    path("register/", registering.register, name="register"),
    path("apply/", applying.overview, name="apply"),
    path("apply/start", applying.start, name="start"),
    path("claims/", claiming.overview, name="claims"),
    path("matching/", matching.matching, name="matching"),
    path("standing/", home.standing, name="standing"),
    path("colleagues/", home.colleagues, name="colleagues"),
    path("messages/", home.inbox, name="inbox"),
    path("profile/", profile.profile, name="profile"),
    path("profile/change", profile.change, name="change"),
    path("vouchers/", vouchers.listing, name="vouchers"),
    path("vouchers/<str:number>/", vouchers.detail, name="voucher"),
    path("vouchers/<str:number>/usage/", usage.own_use, name="usage"),
    path("vouchers/<str:number>/contract.docx", vouchers.contract, name="contract"),
    path("vouchers/<str:number>/contract.pdf", vouchers.contract, {"kind": "pdf"}, name="contract_pdf"),
    path("vouchers/<str:number>/withdraw", vouchers.withdraw, name="withdraw"),
    path("vouchers/<str:number>/withdraw-claim", vouchers.withdraw_claim, name="withdraw_claim"),
    path("vouchers/<str:number>/cancel", vouchers.cancel, name="cancel"),
    path("apply/<str:number>/preview", applying.preview, name="apply_preview"),
    path("apply/<str:number>/<str:step>/", applying.step, name="apply_step"),
    path("claims/<str:number>/<str:step>/", claiming.step, name="claim_step"),
    path("inspections/refs/", inspections_refs.refs, name="refs"),
    path(
        "inspections/rectifications/",
        desk(rectify_pages.RectificationList.as_view()),
        name="rectifications",
    ),
    path("inspections/rectifications/<int:pk>/", inspections_rectifying.rectification, name="rectification"),
    path("inspections/", hub.page(desk, "enterprise"), name="inspections"),
    *PartyPages(desk, "enterprise", "/enterprise/inspections/visits/").urls(),
    *ResultPages(desk, "/enterprise/inspections/results/", party=True).urls(),
    *StandingPages(desk, "/enterprise/inspections/standings/").urls(),
    *DemonstrationPages(desk, "/enterprise/demonstrations/").urls(),
]
