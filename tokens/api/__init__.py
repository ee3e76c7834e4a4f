"""Tokens, keys and the simulator at the management API; and how a bearer token is its caller."""

from tokens.api import issued, keys, personal, simulation

OPERATIONS = (*issued.OPERATIONS, *personal.OPERATIONS, *keys.OPERATIONS, *simulation.OPERATIONS)
