"""The addresses of the city's own subsidy."""

from django.urls import path

from yunquan.desks.city import matching, matching_lists, matching_runs

urlpatterns = [
    path("", matching.overview, name="matching"),
    path("schemes/propose/<int:cycle>/", matching.propose, name="matching_propose"),
    path("schemes/<int:pk>/", matching.scheme, name="matching_scheme"),
    path("lists/draw/<int:cycle>/", matching_lists.draw_up, name="matching_draw_up"),
    path("lists/<int:pk>/", matching_lists.one, name="matching_list"),
    path("lists/<int:pk>/list.xlsx", matching_lists.download, {"kind": "xlsx"}),
    path("lists/<int:pk>/list.csv", matching_lists.download, {"kind": "csv"}),
    path("lists/<int:pk>/list.json", matching_lists.download, {"kind": "json"}),
    path("lines/<int:pk>/", matching_lists.line, name="matching_line"),
    path("objections/<int:pk>/", matching_lists.objection, name="matching_objection"),
    path("recoveries/<int:pk>/", matching_lists.recovery, name="matching_recovery"),
    path("runs/prepare/<int:cycle>/", matching_runs.prepare, name="matching_prepare"),
    path("runs/<int:pk>/", matching_runs.one, name="matching_run"),
    path("runs/<int:pk>/payment.xlsx", matching_runs.payment_file, {"kind": "xlsx"}),
    path("runs/<int:pk>/payment.csv", matching_runs.payment_file, {"kind": "csv"}),
    path("runs/<int:pk>/results.csv", matching_runs.result_blank),
    path("runs/<int:pk>/results/", matching_runs.results, name="matching_results"),
]
