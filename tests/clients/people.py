"""People and clients for the registry's tests, made the way the product makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone

import audit
from accounts.models import Group, User
from clients import registration
from clients.facts import ClientFacts
from clients.models import Client
from clients.registration import Registered

BY = audit.Actor(name="mara", id=None, address="192.0.2.1", request_id="test")
SERVICE = ClientFacts(name="Billing sync", owner="mara", grants=("client_credentials",), allowed_scope="orders.*")


def person(username: str = "mara", *roles: str, **fields: Any) -> User:
    user = User.objects.filter(username=username).first() or User.objects.create_user(username, **fields)
    user.groups.add(*Group.objects.filter(name__in=roles))
    return user


def registered(*, client_id: str = "", custom_secret: str | None = None, **changes: Any) -> Registered:
    """A client registered through the one door; its owner is made where missing."""
    facts = replace(SERVICE, **changes)
    person(facts.owner)
    return registration.register(
        facts=facts, client_id=client_id, custom_secret=custom_secret, by=BY, now=timezone.now()
    )


def client_named(name: str, **changes: Any) -> Client:
    return registered(name=name, **changes).client
