"""Who this server is: its issuer identifier and addresses, as configured and never as a request's Host says."""

from __future__ import annotations

from django.conf import settings


def issuer() -> str:
    """RFC 8414 §2: an https URL without query or fragment; ours has no path either."""
    return str(settings.AUTHSERVER.issuer)
