"""Who you are, what you may do, and what we keep of it.

One `Session` row stands behind every credential of a signed-in client: a cookie, an opaque token, a JWT and a refresh
token are pointers to it. Ending the row ends them all, in every dialect.
"""
