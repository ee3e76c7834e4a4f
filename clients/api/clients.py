"""Clients by their document (R48): found, registered, changed, protected, ended and restored."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Answer, Body, Call, Operation, Parameter
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from clients import access, registration
from clients.api.fetching import acting, fetch, how
from clients.documents.applying import apply_client, register_client
from clients.documents.document import to_document
from clients.documents.planning import ClientPlan, Planner
from clients.facts import facts_of
from clients.life import restoring
from clients.life.protection import demand_changeable
from clients.listing import address
from clients.listing.address import Address
from clients.listing.conditions import Asking, narrow
from clients.models import Client
from clients.rules import client_ids
from clients.secrets.prepared_secrets import prepare_secrets

PATH = "client"  # where a document's faults begin


def list_clients(call: Call) -> Body:
    access.demand_some(call.user)
    given = {name: value if isinstance(value, list) else [value] for name, value in call.query.items()}
    to = Address.read({name: [str(value) for value in values] for name, values in given.items()})
    rows = narrow(access.visible_to(call.user), to, Asking(viewer=call.user, now=call.now))
    related = rows.select_related("owner", "service_account").prefetch_related("namespaces")
    return page(call, related, to_document, name=f"clients {to.query}", newest_first=True)


def show(call: Call) -> Body:
    return to_document(fetch(call))


def register(call: Call) -> Answer:
    """The secret stands in this answer alone."""
    row = {"clientId": client_ids.generate(), **call.data}
    registered = register_client(_plan(call, row, known=False), by=call.by, now=call.now)
    shown = to_document(_fresh(registered.client))
    secret = {} if registered.secret is None else {"clientSecret": registered.secret}
    location = f"/api/v1/clients/{registered.client.pk}"
    return Answer(body={**shown, **secret}, kept=shown, location=location)


def change(call: Call) -> Body:
    """A key that is left out keeps its value."""
    client = fetch(call)
    call.match(to_document(client))
    return become(call, client, call.data)


def become(call: Call, client: Client, said: dict[str, Any]) -> Body:
    if said.get("clientId", client.client_id) != client.client_id:
        raise invalid([Fault(path="clientId", message="A client id never changes.")])
    demand_changeable(client, despite_protection=acting(call).despite_protection)
    apply_client(_plan(call, {**said, "clientId": client.client_id}, known=True), by=call.by, now=call.now)
    return to_document(_fresh(client))


def _plan(call: Call, row: dict[str, Any], *, known: bool) -> ClientPlan:
    """Judged as whoever calls; a new client's id must be free, whatever document it might be."""
    planner = Planner(now=call.now, acting=acting(call), secrets=prepare_secrets([row], now=call.now))
    plan = planner.plan(row, path=PATH)
    if not known and plan.client is not None:
        raise invalid([Fault(path="clientId", message="Another client has this id, or had it.", code="taken")])
    return plan


def _fresh(client: Client) -> Client:
    found: Client = Client.objects.select_related("owner", "service_account").get(pk=client.pk)
    return found


def delete(call: Call) -> None:
    client = fetch(call, Permission.CLIENTS_DELETE)
    call.match(to_document(client))
    registration.delete(client=client, **how(call))


def restore(call: Call) -> Body:
    """Within its time; its name may have been taken, and its owner may have left (R47)."""
    client = access.deleted_visible_to(call.user).filter(pk=call.place["number"]).select_related("owner").first()
    if client is None:
        raise not_found()
    call.demand(Permission.CLIENTS_DELETE, client)
    before = facts_of(client)
    owner = call.data.get("owner", before.owner)
    if owner not in (before.owner, call.user.username) and not access.may_choose_owner(call.user, new=False):
        call.demand(Permission.CLIENTS_EDIT)
    name, version = call.data.get("name", before.name), call.data.get("version", before.version)
    facts = restoring.with_place(client, name=name, version=version, owner=owner)
    restoring.restore(client=client, facts=facts, by=call.by, now=call.now)
    return to_document(_fresh(client))


def _filters() -> tuple[Parameter, ...]:
    """The console's own (R51)."""
    text = {"type": "string", "maxLength": address.LONGEST_TEXT}
    search = Parameter(name="q", about="Words of name, client id or redirect URI; `#12`: that number.", schema=text)
    chosen = [
        Parameter(name=name, about=f"Any of: {', '.join(choices)}.", schema={"enum": list(choices)}, several=True)
        for name, choices in address.CHOICES.items()
    ]
    words = {"owner": "User names; `me`: the caller.", "namespace": "Names of namespaces."}
    free = [Parameter(name=name, about=about, schema=text, several=True) for name, about in words.items()]
    return (search, *chosen, *free, *PAGED)


_READ: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_VIEW, "owners": True}
_EDIT: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_EDIT, "owners": True}
_ONE = "clients/{number}"
OPERATIONS = (
    Operation(
        name="listClients",
        method="GET",
        path="clients",
        about="The clients that the caller sees, the newest first.",
        answer=list_clients,
        gives="ClientPage",
        query=_filters(),
        **_READ,
    ),
    Operation(
        name="registerClient",
        method="POST",
        path="clients",
        about="Register a client; its secret stands in this answer alone.",
        tag="Clients",
        permission=Permission.CLIENTS_CREATE,
        owners=True,
        answer=register,
        takes="NewClient",
        gives="RegisteredClient",
        status=201,
        once=True,
    ),
    Operation(name="getClient", method="GET", path=_ONE, about="One client.", answer=show, gives="Client", **_READ),
    Operation(
        name="changeClient",
        method="PATCH",
        path=_ONE,
        about="Change some of it; a key that is left out keeps its value.",
        answer=change,
        takes="ClientChange",
        gives="Client",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="replaceClient",
        method="PUT",
        path=_ONE,
        about="Make it what the document says; every key is needed.",
        answer=change,
        takes="ClientReplacement",
        gives="Client",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="deleteClient",
        method="DELETE",
        path=_ONE,
        about="Delete it; its tokens end at once. It can be restored within 30 days.",
        tag="Clients",
        permission=Permission.CLIENTS_DELETE,
        owners=True,
        answer=delete,
        status=204,
        guarded=True,
    ),
    Operation(
        name="restoreClient",
        method="POST",
        path="clients/{number}/restore",
        about="Bring a deleted client back, under another name or owner where need be.",
        tag="Clients",
        permission=Permission.CLIENTS_DELETE,
        owners=True,
        answer=restore,
        takes="Place",
        gives="Client",
    ),
)
