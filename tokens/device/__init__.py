"""The device authorization grant (RFC 8628): a device shows a short code, a person types it in a browser.

Here live both codes, the person's decision and the page for it; the token request's walk is in `tokens.server`.
"""
