"""Every change of a client: told in words, found again, taken back, merged with another's."""
