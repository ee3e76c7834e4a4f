"""Protocol tests: over HTTP, against the real server process, foldered by what they hold to."""
