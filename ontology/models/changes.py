from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class Change(models.Model):
    """One published fact, written in the transaction that made it true, read by every process's hub.

    On PostgreSQL the table has one more column, `xid` (migration 0002): rows become visible in commit order, not in id
    order, so readers follow (xid, id) up to the oldest running transaction.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    topics = models.JSONField(default=list)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
