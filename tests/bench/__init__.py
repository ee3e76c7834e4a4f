"""`make bench`: hot paths on PostgreSQL beside stock django-oauth-toolkit, in one interleaved run. Never a test."""
