"""Template tags of the console's language; `settings.TEMPLATES` makes them built in."""
