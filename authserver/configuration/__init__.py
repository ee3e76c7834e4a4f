"""Configuration as a document (`manage.py apply`): its shape, its sections in order, and the plan that it comes to.

Not here: what makes a client, a scope or a user sound; each section asks the room that knows.
"""
