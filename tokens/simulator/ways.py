"""Ways to allow what was denied: another request, tried at once, or a change of the client with its page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from policies.decision import Deny
from policies.question import Question
from policies.snapshots import BY_SECRET
from tokens.simulator.simulation import Simulation, simulate


@dataclass(frozen=True, kw_only=True)
class Way:
    """`fields`: the form's fields of another request, and `why`: what the evaluator says of that one.

    Else `page`: where the change is made, with `anchor` and the words of its `link`.
    """

    title: str
    why: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    anchor: str = ""
    link: str = ""


def ways(simulation: Simulation) -> list[Way]:
    """None where it is allowed. Other requests are tried before they are offered."""
    decision = simulation.decision
    if not isinstance(decision, Deny):
        return []
    return [_tried(way, simulation.question) for way in _ways(decision, simulation.question)]


def _tried(way: Way, question: Question) -> Way:
    if not way.fields:
        return way
    outcome = simulate(_changed(question, way.fields))
    said = outcome.decision
    if isinstance(said, Deny):
        return replace(way, why=f"Then: {said.sentence}")
    return replace(way, why=f"Passes all {len(outcome.outcomes)} checks.")


def _changed(question: Question, fields: Mapping[str, str]) -> Question:
    changes: dict[str, object] = {}
    if "scope" in fields:
        changes["scope"] = fields["scope"] or None
    if "authentication" in fields:
        changes["authentication"] = fields["authentication"]
    if "https" in fields:
        changes["https"] = True
    if "token_scope" in fields and question.token is not None:
        names = fields["token_scope"].split()
        known = (question.server.catalogue.get(name) for name in names)
        audiences = frozenset(facts.audience for facts in known if facts and facts.audience)
        changes["token"] = replace(question.token, scopes=frozenset(names), audiences=audiences)
    return replace(question, **changes)  # type: ignore[arg-type]


def _ways(deny: Deny, question: Question) -> Iterator[Way]:
    match deny.code:
        case "https-required":
            yield Way(title="Ask over https", fields={"https": "on"})
        case "authentication-refused":
            yield from _other_authentication(question)
        case "no-live-secret":
            yield Way(title="Give it a new secret", page="client_reset_secret", link="Reset its secret")
        case "client-inactive" | "token-invalid":
            yield Way(title="Activate the client", page="client_active", link="Activate…")
        case "network-refused":
            yield Way(
                title=f"Change the rules for {question.address}", page="client_network", link="Open its network rules"
            )
        case "insufficient-scope":
            held = question.token.scopes if question.token else frozenset()
            wanted = " ".join(dict.fromkeys([*sorted(held), *deny.needs.split()]))
            yield Way(title=f"Show a token with {deny.needs}", fields={"token_scope": wanted})
        case "may-not-introspect":
            yield Way(title="Add authorization.introspect to the client", page="client_edit",
                      anchor="id_allowed_scope", link="Edit its scope")  # fmt: skip
        case "legacy-grants-off":
            yield Way(title="Turn legacy grants on for the server", page="settings", link="Open the settings")
        case "grant-not-selected":
            yield Way(title=f"Select {question.grant_type} for the client", page="client_edit",
                      anchor="id_grants", link="Edit its grants")  # fmt: skip
        case "scope-refused":
            yield from _other_scope(question)
        case "resource-refused":
            yield Way(title="Name an audience that the scopes belong to, or none")
        case "budget-spent":
            yield Way(title=f"Come again in {deny.retry_after} s")
            yield Way(title="Raise its budget", page="client_rates", link="Open its rate limits")


def _other_authentication(question: Question) -> Iterator[Way]:
    client = question.client
    by_secret = [client.auth_method] if client.auth_method else list(BY_SECRET)
    accepted = by_secret if client.confidential else ["none"]
    for name in accepted:
        yield Way(
            title=f"Authenticate by {name}" if name != "none" else "Send no secret", fields={"authentication": name}
        )


def _other_scope(question: Question) -> Iterator[Way]:
    asked, client, catalogue = (question.scope or "").split(), question.client, question.server.catalogue
    fitting = [name for name in asked if name in catalogue and client.allowed_scope.allows(name)]
    lacking = [name for name in asked if name in catalogue and not client.allowed_scope.allows(name)]
    if fitting:
        yield Way(title=f"Request only {' '.join(fitting)}", fields={"scope": " ".join(fitting)})
    if lacking:
        yield Way(title=f"Add {' '.join(lacking)} to the client", page="client_edit",
                  anchor="id_allowed_scope", link="Edit its scope")  # fmt: skip
    if not fitting and not lacking:
        yield Way(title="Request its defaults, by naming no scope", fields={"scope": ""})
