"""What the kinds of events are called, and which belong together: for pages. A test finds a kind that is missing."""

from __future__ import annotations

from dataclasses import dataclass

from audit.refusal_windows import REPEATED


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`tone` as in the console's language: ok, info, warn, danger, guard, quiet."""

    title: str
    tone: str = "info"


KINDS: dict[str, Kind] = {
    "sign_in.succeeded": Kind(title="Signed in", tone="quiet"),
    "sign_in.confirmed": Kind(title="Password given once more", tone="quiet"),
    "sign_in.failed": Kind(title="Sign-in refused", tone="warn"),
    "sign_in.throttled": Kind(title="Sign-in throttled", tone="danger"),
    "sign_out": Kind(title="Signed out", tone="quiet"),
    "second_factor.added": Kind(title="Second factor added", tone="ok"),
    "second_factor.removed": Kind(title="Second factor removed", tone="warn"),
    "second_factor.codes_made": Kind(title="Recovery codes made"),
    "second_factor.recovered": Kind(title="Signed in by a recovery code", tone="warn"),
    "second_factor.failed": Kind(title="Second factor refused", tone="warn"),
    "session.ended": Kind(title="Session ended"),
    "audit.target_named": Kind(title="Delivery target named"),
    "audit.target_paused": Kind(title="Delivery paused", tone="warn"),
    "audit.target_resumed": Kind(title="Delivery goes on", tone="ok"),
    "audit.target_removed": Kind(title="Delivery target removed", tone="warn"),
    "audit.letter_sent_again": Kind(title="Refused events sent again"),
    "audit.letter_dropped": Kind(title="Refused events dropped", tone="warn"),
    "audit.exported": Kind(title="Audit trail exported", tone="quiet"),
    "server.set_up": Kind(title="Server set up", tone="ok"),
    "settings.changed": Kind(title="Settings changed"),
    "configuration.exported": Kind(title="Configuration exported", tone="quiet"),
    "signing_keys.rotated": Kind(title="Signing keys rotated", tone="guard"),
    "signing_keys.withdrawn": Kind(title="Signing key withdrawn", tone="quiet"),
    "user.created": Kind(title="User created", tone="ok"),
    "user.changed": Kind(title="User changed"),
    "user.password_link": Kind(title="Password link given"),
    "user.handed_over": Kind(title="Clients handed over"),
    "user.connected": Kind(title="Account connected with the sign-in provider", tone="ok"),
    "user.disconnected": Kind(title="Account disconnected from the sign-in provider", tone="warn"),
    "user.deleted": Kind(title="User deleted", tone="danger"),
    "group.created": Kind(title="Group created", tone="ok"),
    "group.changed": Kind(title="Group changed"),
    "group.deleted": Kind(title="Group deleted", tone="danger"),
    "client.registered": Kind(title="Client registered", tone="ok"),
    "client.changed": Kind(title="Client changed"),
    "client.activated": Kind(title="Client activated", tone="ok"),
    "client.deactivated": Kind(title="Client deactivated", tone="warn"),
    "client.secret_reset": Kind(title="Secret reset"),
    "client.secret_rotated": Kind(title="Secret rotated"),
    "client.secret_changed": Kind(title="Secret changed"),
    "client.secret_retired": Kind(title="Secret retired", tone="warn"),
    "client.finding_dismissed": Kind(title="Finding dismissed", tone="quiet"),
    "client.finding_restored": Kind(title="Finding restored", tone="quiet"),
    "client.tokens_revoked": Kind(title="All tokens of a client revoked", tone="warn"),
    "client.protected": Kind(title="Client protected", tone="guard"),
    "client.protection_lifted": Kind(title="Protection lifted", tone="warn"),
    "client.restored": Kind(title="Client restored", tone="ok"),
    "client.purged": Kind(title="Client purged", tone="quiet"),
    "client.permissions_changed": Kind(title="API permissions changed"),
    "client.imported": Kind(title="Clients imported", tone="ok"),
    "client.exported": Kind(title="Clients exported", tone="quiet"),
    "client.deleted": Kind(title="Client deleted", tone="danger"),
    "namespace.created": Kind(title="Namespace created", tone="ok"),
    "namespace.changed": Kind(title="Namespace changed"),
    "namespace.deleted": Kind(title="Namespace deleted", tone="danger"),
    "scope.created": Kind(title="Scope created", tone="ok"),
    "scope.changed": Kind(title="Scope changed"),
    "scope.deleted": Kind(title="Scope deleted", tone="danger"),
    "api.created": Kind(title="API created", tone="ok"),
    "api.changed": Kind(title="API changed"),
    "api.deleted": Kind(title="API deleted", tone="danger"),
    "consent.given": Kind(title="Access allowed by its user", tone="ok"),
    "consent.denied": Kind(title="Access denied by its user", tone="quiet"),
    "consent.withdrawn": Kind(title="Access withdrawn by its user", tone="warn"),
    "authorize.refused": Kind(title="Authorization request refused", tone="warn"),
    "token.personal_made": Kind(title="Personal access token made", tone="ok"),
    "token.personal_revoked": Kind(title="Personal access token revoked", tone="warn"),
    "token.revoked": Kind(title="Token revoked", tone="warn"),
    "token.many_begun": Kind(title="Revoking by a filter begun", tone="warn"),
    "token.many_revoked": Kind(title="Tokens revoked by a filter", tone="warn"),
    "token.code_replayed": Kind(title="Authorization code used twice", tone="danger"),
    "token.refresh_reused": Kind(title="Refresh token used twice", tone="danger"),
    "token.refresh_repeated": Kind(title="Refresh token used again within its grace", tone="warn"),
    "token.refused": Kind(title="Token request refused", tone="warn"),
    "device_authorization.refused": Kind(title="Device request refused", tone="warn"),
    "introspect.refused": Kind(title="Introspection refused", tone="warn"),
    "revoke.refused": Kind(title="Revocation refused", tone="warn"),
    "userinfo.refused": Kind(title="User information refused", tone="warn"),
    "check.refused": Kind(title="Request at a gateway refused", tone="warn"),
    "end_session.refused": Kind(title="Sign-out request refused", tone="warn"),
    "registration_token.made": Kind(title="Initial access token made"),
    "registration_token.revoked": Kind(title="Initial access token revoked", tone="warn"),
    "register.refused": Kind(title="Registration refused", tone="warn"),
    "api.refused": Kind(title="Management API refused", tone="warn"),
    "edge.refused": Kind(title="Request refused at the door", tone="warn"),
    "counters.failed": Kind(title="Requests could not be counted", tone="danger"),
    REPEATED: Kind(title="Refused again", tone="warn"),
}

REFUSALS = tuple(kind for kind in KINDS if kind.endswith((".refused", ".failed", ".throttled")))


@dataclass(frozen=True, kw_only=True)
class Family:
    """Kinds that one choice of the page's facet stands for."""

    value: str
    label: str
    kinds: tuple[str, ...]


def _beginning(*rooms: str) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if kind.split(".")[0] in rooms and kind not in REFUSALS)


SERVER = ("settings", "server", "configuration", "signing_keys", "audit")
FAMILIES = (
    Family(value="refusals", label="Refusals", kinds=(*REFUSALS, REPEATED)),
    Family(value="sign-in", label="Sign-in", kinds=_beginning("sign_in", "sign_out")),
    Family(value="clients", label="Clients", kinds=_beginning("client", "registration_token")),
    Family(value="tokens", label="Tokens", kinds=_beginning("token", "consent")),
    Family(value="people", label="People", kinds=_beginning("user", "group", "second_factor", "session")),
    Family(value="catalogue", label="Scopes, APIs, namespaces", kinds=_beginning("scope", "api", "namespace")),
    Family(value="server", label="Server", kinds=_beginning(*SERVER)),
)


def kind_of(name: str) -> Kind:
    """The words for a kind; a kind of another version is shown by its name."""
    return KINDS.get(name) or Kind(title=name.replace("_", " ").replace(".", ": "), tone="quiet")
