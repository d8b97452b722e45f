"""The addresses of the supplier's desk; the registration page is open to everyone."""

from django.urls import path, re_path

from yunquan.desks.shared.demonstrations.pages import DemonstrationPages
from yunquan.desks.shared.inspections import hub, rectify_pages
from yunquan.desks.shared.inspections.result_pages import ResultPages
from yunquan.desks.shared.inspections.standing_pages import StandingPages
from yunquan.desks.shared.inspections.visit_parties import PartyPages
from yunquan.desks.supplier import (
    alarms,
    attesting,
    behaviour,
    confirming,
    ending,
    evaluation,
    figures,
    home,
    inspections_rectifying,
    inspections_selfchecks,
    pilots,
    products,
    pulling,
    registering,
    registration,
    vouchers,
)
from yunquan.desks.supplier.frame import desk

app_name = "supplier"
urlpatterns = [
    path("", home.home, name="home"),
    path("register/", registering.register, name="register"),
    path("registration/", registration.registration, name="registration"),
    path("colleagues/", home.colleagues, name="colleagues"),
    path("messages/", home.inbox, name="inbox"),
    path("behaviour/", behaviour.behaviour, name="behaviour"),
    path("behaviour/all/", behaviour.listing, name="deliveries"),
    path("behaviour/pull/", pulling.pull, name="pull"),
    path("behaviour/<int:pk>/", behaviour.delivery, name="delivery"),
    path("behaviour/<int:pk>/bad.csv", behaviour.bad_lines, name="bad_lines"),
    path("figures/", figures.show, name="figures"),
    *evaluation.urlpatterns,
    path("ends/", vouchers.ends, name="ends"),
    path("vouchers/", vouchers.listing, name="vouchers"),
    path("vouchers/<str:number>/", vouchers.detail, name="voucher"),
    path("vouchers/<str:number>/ends/", ending.history, name="ends_history"),
    path("vouchers/<str:number>/ends/amend", ending.amend, name="amend"),
    path("vouchers/<str:number>/alarm/", alarms.start, name="alarm_start"),
    path("alarms/", alarms.queue, name="alarms"),
    path("confirm/<str:number>/", confirming.confirm, name="confirm"),
    path("attest/<str:number>/", attesting.attest, name="attest"),
    path("pilots/", pilots.listing, name="pilots"),
    path("pilots/calls/<int:pk>/start", pilots.start, name="pilot_start"),
    path("pilots/<int:pk>/", pilots.one, name="pilot"),
    path("pilots/<int:pk>/recall", pilots.recall, name="pilot_recall"),
    path("pilots/<int:pk>/state", pilots.state, name="pilot_state"),
    re_path(r"^pilots/(?P<pk>[0-9]{1,9})/form\.(?P<kind>pdf|docx)$", pilots.download, name="pilot_form"),
    path("pilots/<int:pk>/<slug:step>/", pilots.step, name="pilot_step"),
    path("products/", products.listing, name="products"),
    path("products/new", products.start, name="product_new"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/delist", products.delist, name="product_delist"),
    path("inspections/self-checks/", inspections_selfchecks.listing, name="self_checks"),
    path("inspections/self-checks/<int:pk>/", inspections_selfchecks.table, name="self_check"),
    path("inspections/self-checks/<int:pk>/import", inspections_selfchecks.bring, name="self_check_import"),
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
    path("inspections/", hub.page(desk, "supplier"), name="inspections"),
    *PartyPages(desk, "supplier", "/supplier/inspections/visits/").urls(),
    *ResultPages(desk, "/supplier/inspections/results/", party=True).urls(),
    *StandingPages(desk, "/supplier/inspections/standings/").urls(),
    *DemonstrationPages(desk, "/supplier/demonstrations/").urls(),
]
