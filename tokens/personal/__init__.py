"""Personal access tokens (R52, R53): a person's own tokens for clients that allow them.

Each is a token family of its own with one opaque access token, so that everything which ends an authorization ends it,
and `/introspect`, `/check` and `/userinfo` take it like any other. Here stand the rules, what is kept beside, and the
pages of My account.
"""
