"""Second factors: codes of an app, passkeys and recovery codes. django-allauth proves them; here stands what this house
adds: sealing, events, pages, and taking a lost one away.
"""
