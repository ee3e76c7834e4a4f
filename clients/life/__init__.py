"""How a client is protected, stopped, deleted, restored and purged, and what each ends."""
