"""The sections that the rules rest on, each with its sentence. Shown beside every finding."""

from __future__ import annotations

from clients.linter.findings import Reference

OWN = "Own rule"

PKCE = Reference(
    section="RFC 9700 §2.1.1",
    quote="For confidential clients, the use of PKCE is RECOMMENDED, as it provides strong protection against misuse "
    "and injection of authorization codes",
)
IMPLICIT = Reference(section="RFC 9700 §2.1.2", quote="clients SHOULD NOT use the implicit grant")
LEAST_PRIVILEGE = Reference(
    section="RFC 9700 §2.3",
    quote="The privileges associated with an access token SHOULD be restricted to the minimum required for the "
    "particular application or use case.",
)
PASSWORD = Reference(section="RFC 9700 §2.4", quote="The resource owner password credentials grant MUST NOT be used.")
PLAIN_HTTP = Reference(
    section="RFC 9700 §2.6",
    quote="authorization servers MUST NOT allow redirection URIs that use the http scheme except for native clients "
    "that use loopback interface redirection",
)
REFRESH = Reference(
    section="RFC 9700 §4.14.2",
    quote="Refresh tokens SHOULD expire if the client has been inactive for some time",
)
ROTATION = Reference(
    section="RFC 9700 §4.14.2",
    quote="one of them will present an invalidated refresh token, which will inform the authorization server of the "
    "breach",
)
AUTHENTICATE = Reference(
    section="RFC 6749 §3.2.1",
    quote="Confidential clients or other clients issued client credentials MUST authenticate with the authorization "
    "server.",
)
BASIC = Reference(
    section="RFC 6749 §2.3.1",
    quote="Including the client credentials in the request-body using the two parameters is NOT RECOMMENDED",
)
ROTATE = Reference(
    section="RFC 6749 §3.2.1",
    quote="authentication management best practices, which require periodic credential rotation",
)
SHORT_LIVED = Reference(
    section="RFC 6750 §5.3", quote="Token servers SHOULD issue short-lived (one hour or less) bearer tokens"
)
CLAIMED_HTTPS = Reference(
    section="RFC 8252 §7.2",
    quote="native apps SHOULD use them [app-claimed https redirect URIs] over the other options where possible",
)
LOCALHOST = Reference(section="RFC 8252 §8.3", quote="the use of localhost is NOT RECOMMENDED")
NATIVE_IS_PUBLIC = Reference(
    section="RFC 8252 §8.4",
    quote="native apps are classified as public clients …; they MUST be registered with the authorization server as "
    "such",
)
ONE_APPLICATION = Reference(section=OWN, quote="A client is one application in one place.")
STEADY = Reference(section=OWN, quote="What is used from a few places only need not work from everywhere.")
NOTHING_IDLE = Reference(section=OWN, quote="What nobody uses is taken away before somebody else finds it.")
ANSWERABLE = Reference(section=OWN, quote="Every client has an owner who answers for it, and says what it is for.")
