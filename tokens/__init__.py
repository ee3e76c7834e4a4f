"""Everything that is issued, looked at or ended: grants, tokens, introspection, revocation, metadata.

oauthlib and django-oauth-toolkit stay at this package's edge: models, server, validator, endpoints, errors.
"""
