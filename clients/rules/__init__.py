"""What may be said of a client, fact by fact: pure, and each fault with its field."""
