"""Django's SQLite backend with one thing more: the threads of a process take turns to write.

What lives here is the connection alone; where the file is stands in `authserver.databases`.
"""
