"""Where people are sent back to: addresses that another program could answer at. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted
from clients.rules import redirect_uris

MOST_NAMED = 6


def loopback_on_server(client: Linted) -> Concern | None:
    """RFC 9700 §2.6: http "except for native clients that use loopback interface redirection"."""
    local = [
        uri
        for uri, parts in client.redirects
        if parts.scheme == "http" and redirect_uris.is_loopback(parts.hostname or "")
    ]
    if not local:
        return None
    return Concern(
        title="Loopback redirect on a server app",
        words=tuple(local[:MOST_NAMED]),
        explanation="Useful while developing. Remove it before production, or register a client for development.",
        fix=_without(
            client,
            local,
            label="Remove it" if len(local) == 1 else f"Remove the {len(local)} lines",
            effect="Sign-ins that return to the person's own machine are refused from then on.",
        ),
    )


def several_hosts(client: Linted) -> Concern | None:
    """Codes and tokens are as safe as the weakest host that they may be sent to."""
    hosts = tuple(
        dict.fromkeys(
            parts.hostname
            for _, parts in client.redirects
            if parts.scheme == "https" and parts.hostname and not redirect_uris.is_loopback(parts.hostname)
        )
    )
    if len(hosts) < 2:
        return None
    return Concern(
        title=f"People return to {len(hosts)} hosts",
        words=hosts[:MOST_NAMED],
        explanation="The weakest of them decides how safe a code is. Register a client for each application and stage.",
    )


def private_scheme_on_confidential(client: Linted) -> Concern | None:
    """RFC 8252 §8.4: native apps "MUST be registered with the authorization server as such", as public clients."""
    schemes = _private_schemes(client)
    if not schemes:
        return None
    return Concern(
        title="An app's redirect on a confidential client",
        words=schemes,
        explanation="It opens an app on a device, and what is installed on devices keeps no secret. "
        "Register the app as a public client of its own.",
    )


def private_scheme(client: Linted) -> Concern | None:
    """RFC 8252 §7.2: claimed https addresses are known to belong to one app; §8.1 has PKCE guard the rest."""
    schemes = _private_schemes(client)
    if not schemes:
        return None
    return Concern(
        title="Any app can take its redirect's scheme",
        words=schemes,
        explanation="Several apps on one device can take it; only PKCE guards the code then. "
        "Prefer an https address that the app claims.",
    )


def localhost(client: Linted) -> Concern | None:
    """RFC 8252 §8.3. Besides, a port may differ for the IP literals only (R5)."""
    named = tuple(uri for uri, parts in client.redirects if (parts.hostname or "") == "localhost")
    if not named:
        return None
    return Concern(
        title="Loopback by name",
        words=named[:MOST_NAMED],
        explanation="The name may resolve elsewhere, and the port must match. Let the app listen on 127.0.0.1.",
    )


def idle_redirects(client: Linted) -> Concern | None:
    """No selected grant redirects (R5): forgotten addresses would count again with the next grant."""
    if not client.facts.redirect_uris:
        return None
    return Concern(
        title="Redirect URIs that no grant uses",
        explanation="They count again as soon as such a grant is selected, and nobody will look at them then.",
        fix=Fix(
            label="Remove them",
            effect="Nothing stops working: none of its grants sends people back.",
            before=client.facts,
            after=replace(client.facts, redirect_uris=()),
        ),
    )


def _private_schemes(client: Linted) -> tuple[str, ...]:
    schemes = (parts.scheme for _, parts in client.redirects if parts.scheme not in ("http", "https"))
    return tuple(dict.fromkeys(f"{scheme}:" for scheme in schemes))[:MOST_NAMED]


def _without(client: Linted, gone: Collection[str], *, label: str, effect: str) -> Fix | None:
    """Take lines away, where another one stays: the grants need one (R5)."""
    others = tuple(uri for uri in client.facts.redirect_uris if uri not in gone)
    if not others:
        return None
    return Fix(label=label, effect=effect, before=client.facts, after=replace(client.facts, redirect_uris=others))
