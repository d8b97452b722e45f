"""The addresses of the administrators' desk."""

from django.urls import path

from yunquan.desks.admin import bureaus, people, records, texts

app_name = "admin"
urlpatterns = [
    path("", people.home, name="home"),
    path("people/", people.people, name="people"),
    path("people/new/", people.add, name="add"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/password", people.reset, name="reset"),
    path("people/<int:pk>/appoint", people.appoint, name="appoint"),
    path("appointments/<int:pk>/revoke", people.revoke, name="revoke"),
    path("appointments/<int:pk>/deputy/", people.deputise, name="deputise"),
    path("bureaus/", bureaus.bureaus, name="bureaus"),
    path("bureaus/<str:code>/", bureaus.bureau, name="bureau"),
    path("texts/", texts.texts, name="texts"),
    path("texts/<str:kind>/", texts.text, name="text"),
    path("grants/", records.grants, name="grants"),
    path("logins/", records.logins, name="logins"),
]
