"""Acting on many clients at once (R51): choosing them, looking first at what it will touch, then going on in slices.

Not here: what an action does to one client (`clients.registration`), and which ones the list shows (`clients.listing`).
"""
