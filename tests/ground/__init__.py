"""What tests stand on: the environment before Django loads, real servers on free ports, people, a browser.

Not here: anything that a test asserts.
"""
