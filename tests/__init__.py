"""The whole suite: rules as tables, protocol over HTTP, pages in their console."""
