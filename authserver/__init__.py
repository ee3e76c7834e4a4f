"""The site: settings, addresses, middleware, start-up checks, dashboard, console shell, commands, hot-path edge.

What a client, a token or a policy means is decided below; this package only joins the rooms and faces HTTP.
"""
