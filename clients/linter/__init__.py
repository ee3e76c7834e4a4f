"""The linter: what RFC 9700 and this server's own rules find to say about a registered client, and how to mend it.

Not here: what a client may not be at all (`clients.rules.validation` refuses that), and changing it
(`clients.registration`).
"""
