"""Where registering starts: six kinds of client, each with the facts that suit it. Pure data.

A preset only fills the form in; every rule applies to what is sent, whatever the form was filled with.
"""

from __future__ import annotations

from dataclasses import dataclass

from clients.facts import ClientFacts
from clients.rules import grant_types


@dataclass(frozen=True, kw_only=True)
class Preset:
    """`facts` has no name and no owner: these are never preset."""

    value: str
    label: str
    explanation: str
    facts: ClientFacts

    @property
    def needs_legacy(self) -> bool:
        """Whether all it suggests are legacy grants (R20)."""
        return all(grant_types.BY_VALUE[grant].legacy for grant in self.facts.grants)


PRESETS = (
    Preset(
        value="web",
        label="Server web app",
        explanation="Signs people in, keeps a secret",
        facts=ClientFacts(
            name="",
            grants=(grant_types.AUTHORIZATION_CODE,),
            allowed_scope="openid profile email",
            refresh_limit=11,
            network_rules_at_authorize=False,  # R38: there the address is the user's browser
        ),
    ),
    Preset(
        value="spa",
        label="Single-page app",
        explanation="In the browser, keeps no secret",
        facts=ClientFacts(
            name="", type="public", grants=(grant_types.AUTHORIZATION_CODE,), allowed_scope="openid profile email"
        ),
    ),
    Preset(
        value="native",
        label="Native or CLI",
        explanation="Phone, desktop or terminal",
        facts=ClientFacts(
            name="",
            type="public",
            grants=(grant_types.AUTHORIZATION_CODE,),
            redirect_uris=("http://127.0.0.1/callback",),
            allowed_scope="openid profile email offline_access",
            refresh_limit="unlimited",
        ),
    ),
    Preset(
        value="service",
        label="Service",
        explanation="Machine to machine, no people",
        facts=ClientFacts(name="", grants=(grant_types.CLIENT_CREDENTIALS,)),
    ),
    Preset(
        value="device",
        label="Device",
        explanation="No browser: a scanner, a screen",
        facts=ClientFacts(
            name="",
            type="public",
            grants=(grant_types.DEVICE_CODE,),
            allowed_scope="openid profile offline_access",
            refresh_limit="unlimited",
        ),
    ),
    Preset(
        value="legacy",
        label="Legacy",
        explanation="Implicit or password grant",
        facts=ClientFacts(name="", grants=(grant_types.PASSWORD,), allowed_scope="openid profile"),
    ),
)
BY_VALUE = {preset.value: preset for preset in PRESETS}
FIRST = PRESETS[0]
