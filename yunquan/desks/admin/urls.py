"""The addresses of the administrators' desk."""

from django.urls import path

from yunquan.desks.admin import bureaus, contacts, people, records, texts

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
    path("people/<int:pk>/hand-over/", contacts.handing_over, name="hand_over"),
    path("contacts/", contacts.listing, name="contacts"),
    path("contacts/<int:pk>/open/", contacts.opening, name="contact_open"),
    path("contacts/accounts/<int:pk>/", contacts.appointing, name="contact_appoint"),
    path("bureaus/", bureaus.bureaus, name="bureaus"),
    path("bureaus/<str:code>/", bureaus.bureau, name="bureau"),
    path("texts/", texts.texts, name="texts"),
    path("texts/<str:kind>/", texts.text, name="text"),
    path("grants/", records.grants, name="grants"),
    path("logins/", records.logins, name="logins"),
]
