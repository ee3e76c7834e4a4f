"""Traces: how a refusal came about, each check in order, kept with the first refusal of its window.

What was checked is asked again of the very table that production ran, in the words of the simulator. Which refusal is
the first, and that nobody can fill the store, is decided in `audit.refusals`.
"""
