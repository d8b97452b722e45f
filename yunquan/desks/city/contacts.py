"""联系人回执 on the desk of cities and counties: our own, and those of our counties (D47-A3, D410-2)."""

from functools import partial

from yunquan.desks.city.frame import desk
from yunquan.desks.shared.contacts import ContactPages
from yunquan.policy.roles import Role

SENDERS = (Role.COUNTY_REVIEWER, Role.CITY_REVIEWER, Role.CITY_APPROVER)
PAGES = ContactPages(partial(desk, only=SENDERS), "/city/")
