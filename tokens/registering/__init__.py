"""Dynamic client registration (RFC 7591) and its management (RFC 7592): off by default, by initial access token, which
carries its limits. What a client may be is the registry's to say; here stands how a stranger asks for one.
"""
