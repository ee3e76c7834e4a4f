"""For APIs: who holds the token of a request, and is the scope enough? (RFC 6750, RFC 7662, RFC 9068; R54, R55, R58)

It stands by itself: nothing here imports the server, and Django or Django REST framework only in the modules that
are named after them. What issues tokens lives in the rooms around this one.
"""

from tokens.resource_server.answers import Refusal
from tokens.resource_server.guard import ResourceServer
from tokens.resource_server.introspection import Introspection
from tokens.resource_server.jwt import SignedTokens
from tokens.resource_server.token import Token, Unavailable, Verifier

__all__ = ["Introspection", "Refusal", "ResourceServer", "SignedTokens", "Token", "Unavailable", "Verifier"]
