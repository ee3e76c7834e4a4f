"""The pages of signing in and of people: persons, service accounts, groups. Each fetches with authorisation, calls one
room, and renders.

Whoever holds more than the viewer can be seen and not changed (R36). Pages on which people leave or hand clients over
are the registry's, which knows what they own (`clients.views.leaving`).
"""

from accounts.views.groups import group_delete, group_edit, group_list, group_new, group_overview
from accounts.views.passwords import give_password, password_link, set_password
from accounts.views.people import edit, new, people_list, person
from accounts.views.settings import server_settings
from accounts.views.signing_in import account, set_up, sign_in, sign_out
from accounts.views.signing_up import sign_up

__all__ = [
    "account",
    "edit",
    "give_password",
    "group_delete",
    "group_edit",
    "group_list",
    "group_new",
    "group_overview",
    "new",
    "password_link",
    "people_list",
    "person",
    "server_settings",
    "set_password",
    "set_up",
    "sign_in",
    "sign_out",
    "sign_up",
]
