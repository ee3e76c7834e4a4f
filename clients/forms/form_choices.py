"""What the form offers where one chooses, each choice with its explanation, or with why it cannot be chosen. Pure."""

from __future__ import annotations

from collections.abc import Collection

from accounts.widgets import Choice
from clients import wording
from clients.facts import BY_KEYS
from clients.presets import PRESETS
from clients.rules import grant_types

Choices = list[tuple[str, Choice]]

PUBLIC_HAS_NO_SECRET = "A public client has no secret to authenticate with."
PUBLIC_HAS_NO_KEY = "A public client cannot keep a private key either: its users hold it in their hands."
NO_SECRET = "private_key_jwt, the strongest: it signs with a key that never leaves it, and its secrets end."
ANY_METHOD = ""  # Basic or body, as contracts say of a method that is left out

REFRESHES: Choices = [
    ("none", Choice(label="None")),
    ("limit", Choice(label="Up to")),
    ("unlimited", Choice(label="Unlimited")),
]
TOKEN_FORMATS: Choices = [
    ("opaque", Choice(label="Opaque")),
    ("jwt", Choice(label="JWT")),
]
SIGNATURES: Choices = [("ES256", Choice(label="ES256")), ("RS256", Choice(label="RS256"))]


def types() -> Choices:
    """R4."""
    return [(value, Choice(label=value.capitalize(), explanation=text)) for value, text in wording.TYPES.items()]


def grants(*, client_type: str, legacy_grants: bool, held: Collection[str]) -> Choices:
    """R18–R20."""
    return [
        (
            grant.value,
            Choice(
                label=grant.label,
                explanation=grant.explanation,
                forbidden=grant_types.forbidden(grant, client_type=client_type, legacy_grants=legacy_grants, held=held)
                or "",
            ),
        )
        for grant in grant_types.GRANT_TYPES
    ]


def lifetimes(*, global_lifetime: int) -> Choices:
    """R27: the global value in angle brackets."""
    return [
        ("global", Choice(label=f"Global <{global_lifetime}>")),
        ("seconds", Choice(label="Seconds")),
        ("never", Choice(label="Never expires")),
    ]


def pkce(*, client_type: str) -> Choices:
    """R62: confidential clients can be exempted. RFC 9700 §2.1.1: "public clients MUST use PKCE"."""
    public = client_type == "public"
    return [
        ("true", Choice(label="Required", explanation="Every code is bound to the browser that asked for it.")),
        (
            "false",
            Choice(
                label="Not required",
                explanation="For an application that cannot send a code challenge yet.",
                forbidden="A public client always needs PKCE: nothing else binds a code to it." if public else "",
            ),
        ),
    ]


NETWORKS_AT_AUTHORIZE: Choices = [
    ("true", Choice(label="Guard /authorize", explanation="People sign in for it only from the allowed networks.")),
    (
        "false",
        Choice(
            label="Not at /authorize",
            explanation="People sign in from anywhere; its server is still held to the rules.",
        ),
    ),
]


def auth_methods(*, client_type: str, method: str) -> Choices:
    """RFC 7591 §2, `token_endpoint_auth_method`; `method` is what is said now: documents may call none by its name."""
    if client_type == "public":
        return [
            (
                "none" if method == "none" else ANY_METHOD,
                Choice(label="None", explanation="It names itself by its client id; PKCE guards its codes."),
            ),
            ("client_secret_basic", Choice(label="HTTP Basic", forbidden=PUBLIC_HAS_NO_SECRET)),
            ("client_secret_post", Choice(label="In the body", forbidden=PUBLIC_HAS_NO_SECRET)),
            (BY_KEYS, Choice(label="Signed assertion", forbidden=PUBLIC_HAS_NO_KEY)),
        ]
    return [
        (ANY_METHOD, Choice(label="HTTP Basic or body", explanation="Whichever its library uses.")),
        ("client_secret_basic", Choice(label="HTTP Basic only", explanation="The secret travels in a header.")),
        ("client_secret_post", Choice(label="In the body only", explanation="For libraries that know nothing else.")),
        (BY_KEYS, Choice(label="Signed assertion only", explanation=NO_SECRET)),
    ]


def presets(*, legacy_grants: bool) -> Choices:
    """Where registering starts."""
    off = "Legacy grants are off for this server."
    return [
        (
            preset.value,
            Choice(
                label=preset.label,
                explanation=preset.explanation,
                forbidden=off if preset.needs_legacy and not legacy_grants else "",
            ),
        )
        for preset in PRESETS
    ]
