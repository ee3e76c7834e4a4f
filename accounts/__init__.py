"""Users, service accounts, groups and roles, permissions, sign-in, and the server settings that people decide.

Not here: what a client is (`clients`), what a token may do (`tokens`).
"""
