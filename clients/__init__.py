"""The registry: clients, their secrets, redirect URIs, grant types, protection, lifecycle and their one document.

Not here: scopes, networks and rates (`policies`), and anything that is issued (`tokens`).
"""
