"""Delivering the audit trail elsewhere: every sealed event, signed, in the order of the chain, at least once.

The trail itself is `audit`'s; this room stands above, since asking another server is guarded by `policies.fetching`.
"""
