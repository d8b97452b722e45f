"""联系人回执 on the province's desk: calls to the cities and counties, who has sent, and each receipt (D47-A3)."""

from yunquan.desks.province.frame import desk
from yunquan.desks.shared.contacts import ContactPages

PAGES = ContactPages(desk, "/province/")
