"""The frame of the management API: what an operation is, and how any of them is asked, refused, paged and repeated.

The apps declare their operations (`accounts.api`, `clients.api`, …); `authserver.api` joins them. Knows HTTP and DRF;
the operations themselves only see a `Call`.
"""
