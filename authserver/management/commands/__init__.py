"""Commands of `manage.py`: thin doors to the rooms that do the work."""
