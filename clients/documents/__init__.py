"""The one JSON form of a client: written, read, compared and applied."""
