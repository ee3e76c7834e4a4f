"""The second factors that somebody has: listed for them, and taken away by an administrator when they are lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

import audit
from accounts import reach
from accounts.holdings import Holding
from accounts.models import User
from accounts.my_account import Section
from accounts.second_factors.events import record


@dataclass(frozen=True, kw_only=True)
class Factors:
    """`app`: codes of an app. `codes_left`: recovery codes that are not used yet; None: there are none."""

    app: Authenticator | None
    passkeys: tuple[Authenticator, ...]
    codes_left: int | None

    @property
    def any(self) -> bool:
        """Whether signing in asks for one."""
        return self.app is not None or bool(self.passkeys)


def factors_of(user: User) -> Factors:
    """One statement."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    by_type = {row.type: row for row in rows}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        app=by_type.get(Authenticator.Type.TOTP),
        passkeys=tuple(row for row in rows if row.type == Authenticator.Type.WEBAUTHN),
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )


def section(user: User, now: datetime) -> Section:
    """Of My account."""
    return Section(template="mfa/section.html", values={"factors": factors_of(user)})


def has_one(user: User) -> bool:
    """Whether signing in asks for one. One statement."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())


@transaction.atomic
def take_away(*, user: User, by: audit.Actor, giver: Holding) -> int:
    """All of somebody's, who has lost them; returns how many. Raises OutOfReach."""
    reach.demand_user_in_reach(giver, user)
    rows = list(Authenticator.objects.filter(user_id=user.pk))
    for row in rows:
        record("second_factor.removed", user, row, by=by)
        row.delete()
    return len(rows)
