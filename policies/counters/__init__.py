"""Counting requests in windows (R42): in this process, or in the Redis that all workers share.

Here live the storages (of `limits`), the breaker that keeps a Redis which is away from holding up every thread, and the
one way in, `counting`. Which budgets there are, and what an answer means, is decided in `policies.budgets`.
"""
