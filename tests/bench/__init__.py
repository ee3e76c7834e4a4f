"""`make bench`, never a test: hot paths on PostgreSQL beside stock django-oauth-toolkit, and the list of clients."""
