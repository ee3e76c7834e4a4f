"""What a worker remembers of the clients that tokens act for, so that a token costs one statement.

That statement says at which revision its client and which version the server's policy stand; what is remembered of
another is read anew. So every change binds every worker at its next request.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from clients.models import Client
from policies.snapshots import ClientPolicy, load_client_policy

MOST = 10_000
_lock = threading.Lock()
_known: OrderedDict[int, tuple[tuple[int, int, bool], ClientPolicy]] = OrderedDict()


def policy_of(client_pk: int, *, revision: int, policy_version: int, account_active: bool) -> ClientPolicy:
    """The client at this moment. `account_active`: of its service account, which has no revision of its own.

    The caller has read all of these already: what changes after them is then noticed, not missed.
    Raises Client.DoesNotExist for one that was purged meanwhile.
    """
    standing = (revision, policy_version, account_active)
    with _lock:
        known = _known.get(client_pk)
        if known is not None and known[0] == standing:
            _known.move_to_end(client_pk)
            return known[1]
    entry = _read(client_pk, policy_version)
    with _lock:
        _known[client_pk] = entry
        _known.move_to_end(client_pk)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return entry[1]


def _read(client_pk: int, policy_version: int) -> tuple[tuple[int, int, bool], ClientPolicy]:
    client = Client.objects.select_related("service_account").get(pk=client_pk)
    active = client.service_account is None or client.service_account.is_active
    policy = load_client_policy(client, policy_version=policy_version)
    return (client.revision, policy_version, active), policy


def forget() -> None:
    """As a new worker: nothing is known."""
    with _lock:
        _known.clear()
