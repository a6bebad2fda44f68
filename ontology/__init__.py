"""What exists and how it hangs together: entities, connections, events and tags, the memory every verb writes to.

Also the one event seam: a verb publishes a `Fact`, kept as a `Change` in the verb's own transaction and heard after it.
Ontology stands below accounts and points at people only through `settings.AUTH_USER_MODEL`; a user *is* the entity
with the user's own id.
"""
