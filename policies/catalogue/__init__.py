"""The pages of scopes and APIs (R32), and a client's tab of its scopes (R33, R35): reading, asking, showing.

Not here: how a scope or an API is changed (`policies.catalogue_changes`), what matches what (`policies.scopes`), and
changing a client (`clients.registration`).
"""
