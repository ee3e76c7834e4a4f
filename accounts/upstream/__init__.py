"""Sign-in through another OpenID provider: who it is, what its word is worth here, and how people arrive by it."""
