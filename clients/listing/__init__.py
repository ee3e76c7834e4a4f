"""The list of clients: how it is searched, narrowed, ordered and counted, and the views that people keep of it.

Not here: what a client is and who may see it (`clients.facts`, `clients.access`), and acting on many (`clients.bulk`).
"""
