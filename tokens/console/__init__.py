"""The tokens page (R63): what is issued, found by its filters or by a pasted value, drawn as families, and revoked.

Not here: what ending a family or a client's tokens does (`tokens.families`, `clients.registration`), and what
`/introspect` says (`tokens.introspection`), which `states` agrees with.
"""
