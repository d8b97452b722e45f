"""The addresses of the city's own subsidy."""

from django.urls import path

from yunquan.desks.city import matching, matching_lists, matching_runs
from yunquan.desks.shared.matching import LIST_KINDS

urlpatterns = [
    path("", matching.overview, name="matching"),
    path("schemes/propose/<int:cycle>/", matching.propose, name="matching_propose"),
    path("schemes/<int:pk>/", matching.scheme, name="matching_scheme"),
    path("lists/draw/<int:cycle>/", matching_lists.draw_up, name="matching_draw_up"),
    path("lists/<int:pk>/", matching_lists.one, name="matching_list"),
    *(path(f"lists/<int:pk>/list.{kind}", matching_lists.download, {"kind": kind}) for kind in LIST_KINDS),
    path("lines/<int:pk>/", matching_lists.line, name="matching_line"),
    path("objections/<int:pk>/", matching_lists.objection, name="matching_objection"),
    path("recoveries/<int:pk>/", matching_lists.recovery, name="matching_recovery"),
    path("runs/prepare/<int:cycle>/", matching_runs.prepare, name="matching_prepare"),
    *matching_runs.PAGES.urls("runs/", "matching_"),
]
