"""Work apart from a request, a file for a subject. A job passes its id on to one verb; the row is the truth of it."""

from conversations.jobs import (
    announcements,
    assistant,
    broadcasts,
    client_files,
    client_names,
    deliveries,
    knowledge,
    receipts,
)

BEAT = {
    **announcements.BEAT,
    **assistant.BEAT,
    **broadcasts.BEAT,
    **client_files.BEAT,
    **client_names.BEAT,
    **deliveries.BEAT,
    **knowledge.BEAT,
    **receipts.BEAT,
}
