"""The addresses of the public pages; nobody logs in here."""

from django.urls import path

from yunquan.desks.public import (
    catalogue,
    checking,
    draws,
    figures,
    home,
    inspections_candidates,
    notices,
    objecting,
    publicity,
    rules,
    suppliers,
    writing,
)

app_name = "public"
urlpatterns = [
    path("", home.home, name="home"),
    path("deadlines/", home.deadlines, name="deadlines"),
    path("feedback/", writing.board, name="feedback"),
    path("feedback/sent/", writing.follow, name="message"),
    path("catalogue/", catalogue.index, name="catalogue"),
    path("catalogue/<int:number>/", catalogue.service, name="service"),
    path("products/<int:pk>/", catalogue.product, name="product"),
    path("suppliers/", suppliers.listing, name="suppliers"),
    path("suppliers/<int:pk>/", suppliers.one, name="supplier"),
    path("publicity/", publicity.index, name="publicity"),
    path("publicity/<int:pk>/", publicity.one, name="one_list"),
    path("publicity/<int:pk>/proof/", publicity.proof, name="proof"),
    path("publicity/<int:pk>/list.json", publicity.content, name="list_json"),
    path("publicity/<int:pk>/list.pdf", publicity.paper, name="list_pdf"),
    path("publicity/<int:pk>/list.xlsx", publicity.sheet, name="list_xlsx"),
    path("publicity/<int:pk>/lines/<int:line>/objection/", objecting.raise_objection, name="objection"),
    path("check/", checking.ask, name="check"),
    path("check/<int:seq>/<str:digest>/", checking.answer, name="check_letter"),
    path("objections/", objecting.tracking, name="tracking"),
    path("figures/", figures.show, name="figures"),
    path("rules/", rules.index, name="rules"),
    path("draws/verify/", draws.verify, name="draw_verify"),
    path("draws/verify/verify.py", draws.program, name="draw_program"),
    path("notices/", notices.index, name="notices"),
    path("notices/<int:pk>/", notices.one, name="notice"),
    path("inspections/candidates/", inspections_candidates.listing, name="candidates"),
]
