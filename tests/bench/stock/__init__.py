"""A stock django-oauth-toolkit server as its documentation builds one: the control of `make bench`."""
