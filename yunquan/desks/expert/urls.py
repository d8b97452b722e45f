"""The addresses of the expert's desk."""

from django.urls import path, re_path

from yunquan.desks.expert import inspections_ties, pilots, reviewing, visit_papers, visits, visits_offline
from yunquan.desks.expert.frame import desk
from yunquan.desks.shared.inspections import visit_pages
from yunquan.desks.shared.inspections.result_pages import ResultPages

app_name = "expert"
urlpatterns = [
    path("", reviewing.home, name="home"),
    path("given/", reviewing.given, name="given"),
    path("standard/", reviewing.criteria, name="standard"),
    path("suppliers/<int:pk>/", reviewing.supplier, name="supplier"),
    path("ties/", inspections_ties.ties, name="ties"),
    path("ties/<int:pk>/end", inspections_ties.end, name="tie_end"),
    path("pilots/", pilots.listing, name="pilots"),
    path("pilots/<int:pk>/", pilots.seat, name="pilot"),
    path("pilots/<int:pk>/declare", pilots.declare, name="pilot_declare"),
    path("pilots/<int:pk>/score", pilots.score, name="pilot_score"),
    re_path(r"^pilots/(?P<pk>[0-9]{1,9})/form\.(?P<kind>pdf|docx)$", pilots.download, name="pilot_form"),
    path("visits/", visits.listing, name="visits"),
    path("visits/sw.js", visits_offline.worker, name="visits_worker"),
    path("visits/visits.ics", visits.calendar, name="visits_calendar"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/do/<slug:kind>", visits.step, name="visit_step"),
    path("visits/<int:pk>/sheets/<int:number>", visits.sheet, name="visit_sheet"),
    path("visits/<int:pk>/sync", visits.sync, name="visit_sync"),
    path("visits/<int:pk>/state", visits.state, name="visit_state"),
    path("visits/<int:pk>/photos", visits.photos, name="visit_photos"),
    path("visits/<int:pk>/photos/<int:number>.png", desk(visit_pages.photo), name="visit_photo"),
    path("visits/<int:pk>/papers/", visit_papers.papers, name="visit_papers"),
    path("visits/<int:pk>/papers/<int:file>/<int:page>.png", visit_papers.picture, name="visit_paper"),
    path("visits/<int:pk>/recuse", visits.recuse, name="visit_recuse"),
    path("visits/<int:pk>/table.pdf", desk(visit_pages.table_pdf), name="visit_pdf"),
    path("visits/<int:pk>/table.xlsx", desk(visit_pages.table_xlsx), name="visit_xlsx"),
    path("visits/<int:pk>/blank.pdf", desk(visit_pages.blank), name="visit_blank"),
    *ResultPages(desk, "/expert/inspections/results/").urls(),
]
