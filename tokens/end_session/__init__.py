"""Signing out at a client's request (OpenID Connect RP-Initiated Logout 1.0): what was asked, and the pages for it."""
