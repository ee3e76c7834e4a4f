"""Who may ask for what, from where: scope catalogue and APIs, allowed scopes, addresses, delays, the evaluator.

Not here: HTTP answers and token formats (`tokens`), and the clients themselves (`clients`).
"""
