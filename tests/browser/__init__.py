"""Browser tests: Debian's Chromium on the running server, as a person uses it."""
