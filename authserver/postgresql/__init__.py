"""Django's PostgreSQL backend with one thing more: while the database is away, requests are told so at once.

What lives here is the connection alone; where the database is and how large its pool is stands in
`authserver.databases`.
"""
