"""The authorization endpoint (RFC 6749 §3.1): a request is read and checked, a person asked, a code or an error sent.

Here: the request's checks, what people are asked and when, the answers, the pages. Not here: what a code is worth
(`tokens.authorization_codes`), what was allowed before (`tokens.consent`), signing in (`accounts`).
"""
