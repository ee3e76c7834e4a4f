"""How long what a client holds stays good. Pure."""

from __future__ import annotations

from dataclasses import replace

from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted
from clients.wording import duration

LONGEST = 86_400  # seconds
SHORT = 3600  # seconds: RFC 6750 §5.3, "one hour or less"
LONGEST_GRACE = 60  # seconds
SHORT_GRACE = 10  # seconds


def never_expiring(client: Linted) -> Concern | None:
    """R28. RFC 6750 §5.3: "SHOULD issue short-lived (one hour or less) bearer tokens"."""
    if client.lifetime is not None:
        return None
    return Concern(
        title="Its access tokens never expire",
        explanation="A stolen one works until somebody notices and revokes it.",
        fix=_shorten(client, "Tokens that live now stay until they are revoked."),
    )


def long_lived(client: Linted) -> Concern | None:
    """RFC 6750 §5.3, with room: a day, after which a stolen token is worth nothing."""
    if client.lifetime is None or client.lifetime <= LONGEST:
        return None
    chosen = " It uses the global setting." if client.facts.access_token_lifetime == "global" else ""
    return Concern(
        title=f"Its access tokens live {duration(client.lifetime)}",
        explanation=f"A stolen one works that long. Let it ask or refresh more often.{chosen}",
        fix=_shorten(client, "Tokens that live now keep their own end."),
    )


def unlimited_refresh(client: Linted) -> Concern | None:
    """RFC 9700 §4.14.2. Rotation and the absolute lifetime hold all the same (R29, R31), hence a hint, no warning."""
    if client.facts.refresh_limit != "unlimited":
        return None
    return Concern(
        title="It may refresh without limit",
        explanation="Only the absolute refresh lifetime ends a sign-in. A count ends a stolen refresh token sooner.",
    )


def long_grace(client: Linted) -> Concern | None:
    """R31. RFC 9700 §4.14.2 wants reuse noticed; within the grace it is let pass, so it need only outlast a retry."""
    grace = client.facts.refresh_grace
    if grace <= LONGEST_GRACE:
        return None
    return Concern(
        title=f"A used refresh token works for {duration(grace)} more",
        explanation="A thief who has it by then takes the sign-in over, and no alarm is raised. A retry needs seconds.",
        fix=Fix(
            label=f"Shorten the grace to {duration(SHORT_GRACE)}",
            effect="A client that repeats a refresh later than that has its people sign in again.",
            before=client.facts,
            after=replace(client.facts, refresh_grace=SHORT_GRACE),
        ),
    )


def idle_refreshes(client: Linted) -> Concern | None:
    """R30: without a grant that refreshes they mean nothing, until somebody adds one."""
    if client.facts.refresh_limit == 0:
        return None
    return Concern(
        title="Refreshes that no grant gives",
        explanation="They count as soon as such a grant is selected, and nobody will think of them then.",
        fix=Fix(
            label="Set the refreshes to none",
            effect="Nothing stops working: none of its grants gives refresh tokens.",
            before=client.facts,
            after=replace(client.facts, refresh_limit=0),
        ),
    )


def _shorten(client: Linted, afterwards: str) -> Fix:
    """The global setting where it is short enough, else an hour."""
    by_global = client.server.access_token_lifetime <= LONGEST
    seconds = client.server.access_token_lifetime if by_global else SHORT
    return Fix(
        label=f"Use the global setting, {duration(seconds)}" if by_global else f"Shorten to {duration(seconds)}",
        effect=f"Tokens issued from then on live {duration(seconds)}. {afterwards}",
        before=client.facts,
        after=replace(client.facts, access_token_lifetime="global" if by_global else SHORT),
    )
