"""The registry's part of the management API: clients by their document, their secrets and rules, and namespaces."""

from clients.api import clients, namespaces, people, rules, secrets, standing

OPERATIONS = (
    *clients.OPERATIONS,
    *standing.OPERATIONS,
    *rules.OPERATIONS,
    *secrets.OPERATIONS,
    *namespaces.OPERATIONS,
    *people.OPERATIONS,
)
