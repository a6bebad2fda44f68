"""The floor every app stands on (errors, ids, money, paging, dialects) and the roof that joins them (urls, asgi, celery, health)."""
