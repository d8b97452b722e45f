"""The addresses of the expert's desk."""

from django.urls import path

from yunquan.desks.expert import reviewing

app_name = "expert"
urlpatterns = [
    path("", reviewing.home, name="home"),
    path("given/", reviewing.given, name="given"),
    path("standard/", reviewing.criteria, name="standard"),
    path("suppliers/<int:pk>/", reviewing.supplier, name="supplier"),
]
