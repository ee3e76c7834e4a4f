"""Users in the shipped roles (R60), signed in to Django's test client; and a client for machine addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

HOST = "127.0.0.1"
MakeUser = Callable[..., "User"]
SignIn = Callable[["User"], "Client"]


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """`make_user("name", role="Auditor", **fields)`: a person without a usable password, in a shipped group."""
    from accounts.models import Group, User

    def make(username: str, *, role: str | None = None, **fields: Any) -> User:
        user = User.objects.create_user(username, **fields)
        if role is not None:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def super_administrator(make_user: MakeUser) -> User:
    return make_user("sue", is_superuser=True)


@pytest.fixture
def administrator(make_user: MakeUser) -> User:
    """Holds every scope, so that R36 leaves other rules' tests alone."""
    user = make_user("ada", role="Administrator")
    user.allowed_scope = "*"
    user.save(update_fields=["allowed_scope"])
    return user


@pytest.fixture
def client_manager(make_user: MakeUser) -> User:
    return make_user("max", role="Client manager")


@pytest.fixture
def auditor(make_user: MakeUser) -> User:
    return make_user("ann", role="Auditor")


@pytest.fixture
def developer(make_user: MakeUser) -> User:
    return make_user("dev", role="Developer")


@pytest.fixture
def stranger(make_user: MakeUser) -> User:
    """Signed in, but in no role."""
    return make_user("sam")


@pytest.fixture
def anonymous() -> Client:
    """A browser that nobody has signed in with."""
    from django.test import Client

    return Client(HTTP_HOST=HOST)


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(user)`: a browser of that user's; CSRF is off, as in Django's test client by default."""
    from django.test import Client

    def signed_in(user: User) -> Client:
        client = Client(HTTP_HOST=HOST)
        client.force_login(user, backend="accounts.backends.PasswordBackend")
        return client

    return signed_in


@pytest.fixture
def edge_client(db: None) -> Client:
    """A client of the whole application as `serve` runs it, the edge ahead of Django's middleware."""
    from tests.ground.edge_client import EdgeClient

    return EdgeClient(HTTP_HOST=HOST)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Counters and what a worker remembers do not outlive a test."""
    from tests.ground.memories import forget

    forget()
    yield
    forget()
