"""Django's SQLite with connections that are kept: under ASGI each request has a thread, and so a connection, of its own.

Measured: opening one, with its pragmas and the reading of the schema, and closing it again costs over a millisecond of
CPU, a quarter of a hot read. `CONN_MAX_AGE` cannot help, as it keeps a connection for a thread that will not come back.
"""
