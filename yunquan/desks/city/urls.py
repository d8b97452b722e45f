"""The addresses of this desk."""

from functools import partial

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from yunquan.desks.city import (
    alarms,
    applications,
    bureau,
    claims,
    completion,
    contacts,
    figures,
    home,
    inspections_county,
    inspections_rectifying,
    inspections_selfchecks,
    lists,
    matching_urls,
    objections,
    payments,
    pilots,
    quota,
    records,
    recoveries,
    registrations,
    settling,
    split,
    usage,
)
from yunquan.desks.city.frame import CITY_ROLES, REVIEWERS, desk
from yunquan.desks.shared import alike_pages, delegating, ends, messages
from yunquan.desks.shared.demonstrations.pages import DemonstrationPages
from yunquan.desks.shared.inspections import hub, rectify_pages
from yunquan.desks.shared.inspections.plan_pages import PlanPages
from yunquan.desks.shared.inspections.result_pages import ResultPages
from yunquan.desks.shared.inspections.standing_pages import StandingPages
from yunquan.desks.shared.inspections.training_pages import TrainingPages
from yunquan.desks.shared.inspections.visit_desks import VisitPages
from yunquan.policy.roles import Role

inspecting = partial(desk, only=[Role.CITY_REVIEWER, Role.CITY_APPROVER])
MESSAGES, MESSAGE = messages.pages(desk, "/city/messages/", only=[Role.CITY_REVIEWER, Role.CITY_APPROVER])

DELEGATIONS = delegating.page(desk, "/city/delegations/", only=CITY_ROLES)

app_name = "city"
urlpatterns = [
    path("", home.home, name="home"),
    path("inbox/", home.inbox, name="inbox"),
    path("applications/", desk(applications.Queue.as_view(), only=REVIEWERS), name="applications"),
    path("applications/<str:number>/", applications.review, name="application"),
    path("claims/", desk(claims.Queue.as_view(), only=[Role.CITY_REVIEWER]), name="claims"),
    path("claims/<str:number>/", claims.review, name="claim"),
    path("registrations/", desk(registrations.Enterprises.as_view(), only=REVIEWERS), name="registrations"),
    path(
        "registrations/suppliers/",
        desk(registrations.Suppliers.as_view(), only=[Role.CITY_REVIEWER]),
        name="supplier_checks",
    ),
    path("registrations/enterprises/<int:pk>/", registrations.enterprise, name="registration"),
    path("registrations/suppliers/<int:pk>/", registrations.supplier, name="supplier_check"),
    path("completion/", completion.tables, name="completion"),
    path("completion/<int:pk>/", completion.table, name="completion_table"),
    re_path(
        r"^completion/(?P<pk>[0-9]{1,9})/table\.(?P<kind>pdf|xlsx|csv|json)$",
        completion.download,
        name="completion_file",
    ),
    path("lists/", settling.lists, name="lists"),
    path("lists/draw/<int:cycle>/", settling.draw_up, name="draw_up"),
    path("lists/<int:pk>/", settling.one, name="list"),
    path("lists/<int:pk>/publish/", settling.publish, name="publish"),
    path("lists/<int:pk>/withdraw/", settling.withdraw, name="withdraw"),
    path("lists/<int:pk>/list.pdf", settling.download, {"kind": "pdf"}, name="list_pdf"),
    path("lists/<int:pk>/list.xlsx", settling.download, {"kind": "xlsx"}, name="list_xlsx"),
    path("lists/<int:pk>/list.csv", settling.download, {"kind": "csv"}, name="list_csv"),
    path("lists/<int:pk>/list.json", settling.download, {"kind": "json"}, name="list_json"),
    path("objections/", objections.queue, name="objections"),
    path("objections/<int:pk>/", objections.one, name="objection"),
    path("messages/", MESSAGES, name="messages"),
    path("messages/<int:pk>/", MESSAGE, name="message"),
    path("alarms/", alarms.queue, name="alarms"),
    path("alarms/<int:pk>/", alarms.one, name="alarm"),
    path("vouchers/<str:number>/alarm/", alarms.start, name="alarm_start"),
    path("payments/", payments.payments, name="payments"),
    path("payments/prepare/<int:cycle>/", payments.prepare, name="prepare"),
    *payments.PAGES.urls("payments/"),
    path("matching/", include(matching_urls.urlpatterns)),
    path("recoveries/", recoveries.recoveries, name="recoveries"),
    path("recoveries/<int:pk>/", recoveries.one, name="recovery"),
    path("figures/", figures.show, name="figures"),
    *split.urlpatterns,
    path("pilots/", pilots.listing, name="pilots"),
    path("pilots/<int:pk>/", pilots.one, name="pilot"),
    path("quota/", quota.quota, name="quota"),
    path("vouchers/", desk(lists.Vouchers.as_view()), name="vouchers"),
    path("vouchers/<str:number>/", records.voucher, name="voucher"),
    path("vouchers/<str:number>/ends/", ends.view(desk, "/city/vouchers/"), name="ends_history"),
    path("alike/<int:one>/<int:other>/", alike_pages.view(desk), name="alike"),
    path("vouchers/<str:number>/usage/", usage.use, name="usage"),
    path("vouchers/<str:number>/recover/", recoveries.demand, name="demand"),
    path("enterprises/", desk(lists.Enterprises.as_view()), name="enterprises"),
    path("enterprises/<int:pk>/", records.enterprise, name="enterprise"),
    path("suppliers/", desk(lists.Suppliers.as_view(), only=CITY_ROLES), name="suppliers"),
    path("suppliers/<int:pk>/", records.supplier, name="supplier"),
    path("delegations/", DELEGATIONS, name="delegations"),
    path("bureau/", bureau.bureau, name="bureau"),
    *contacts.PAGES.urls(),
    path("county-visits/", inspections_county.visits, name="county_visits"),
    path("inspections/", hub.page(inspecting, "city"), name="inspections"),
    *VisitPages(inspecting, "/city/inspections/visits/").urls(),
    path("inspections/custody/", desk(RedirectView.as_view(url="/desk/custody/")), name="custody"),
    *TrainingPages(inspecting, "/city/inspections/training/").urls(),
    *PlanPages(inspecting, "/city/inspections/plans/").urls(),
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
        desk(rectify_pages.RectificationList.as_view(), only=CITY_ROLES),
        name="rectifications",
    ),
    path("inspections/rectifications/<int:pk>/", inspections_rectifying.rectification, name="rectification"),
    *ResultPages(inspecting, "/city/inspections/results/").urls(),
    *StandingPages(inspecting, "/city/inspections/standings/").urls(),
    *DemonstrationPages(partial(desk, only=CITY_ROLES), "/city/demonstrations/", officials=True).urls(),
]
