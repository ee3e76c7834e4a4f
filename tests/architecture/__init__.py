"""Tests of the code itself: who may import whom, what lives where, what stands in templates and lock files."""
