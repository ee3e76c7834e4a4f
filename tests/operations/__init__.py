"""Tests of the running server: starting, stopping, being killed, logging, maintaining."""
