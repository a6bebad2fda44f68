import datetime as dt

from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import window
from marketplace.api.veza.shapes import TRANSFER_ROW, PageIn, TransfersOut, transfer_out
from marketplace.models import Transfer
from marketplace.queries.transfers import explained, transfers_matching
from marketplace.verbs.idempotency import answer_once, clean_key
from marketplace.verbs.transfers import retry_transfer


class Moment(serializers.DateTimeField):
    """ISO 8601; a day alone means its start or, with `is_end`, the start of the next one."""

    def __init__(self, *, is_end=False, **options):
        self.is_end = is_end
        super().__init__(default_timezone=dt.UTC, **options)

    def to_internal_value(self, value):
        found = super().to_internal_value(value)
        if not self.is_end or len(value) != len("2026-02-23"):
            return found
        # The last day there is has no next one.
        return found + dt.timedelta(days=1) if found.date() < dt.date.max else found


FILTERS = {
    "status": serializers.ChoiceField(Transfer.Status.choices, required=False),
    "from": Moment(required=False, help_text="created at or after"),
    "to": Moment(is_end=True, required=False, help_text="created before; a day alone is included"),
}
# `from` is a word of Python's, so these shapes are made by hand.
OwnTransfersIn = type("OwnTransfersIn", (PageIn,), {**FILTERS})
TransfersIn = type(
    "TransfersIn", (PageIn,), {**FILTERS, "seller_id": serializers.CharField(max_length=64, required=False)}
)


def filters(asked):
    return {"status": asked.get("status"), "since": asked.get("from"), "until": asked.get("to")}


class RetriedOut(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()
    retry_count = serializers.IntegerField()


def retried_out(transfer):
    return {"id": str(transfer.pk), "status": transfer.status, "retry_count": transfer.retry_count}


class Transfers(VezaViewSet):
    """Document veza.txt, GET /admin/transfers and POST /admin/transfers/:id/retry."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(query=TransfersIn, gives=TransfersOut)
    def list(self, request):
        asked, page = self.given(TransfersIn), window(request.query_params)
        rows = transfers_matching(seller_id=asked.get("seller_id"), **filters(asked))
        found = explained(rows).values(*TRANSFER_ROW)[page.offset : page.offset + page.limit]
        return Response({"transfers": [transfer_out(row) for row in found], "total": rows.count()})

    @documented(gives=RetriedOut)
    def retry(self, request, transfer_id):
        """One try, now. The answer is what came of it: `completed` or `failed`. With an `Idempotency-Key` once."""
        retried = answer_once(
            by=request.user,
            key=clean_key(request.headers.get("Idempotency-Key")),
            route="POST /admin/transfers/:id/retry",
            request={"transfer_id": transfer_id},
            act=lambda: retried_out(retry_transfer(transfer_id=transfer_id, by=request.user)),
        )
        return Response(retried.answer, headers={"Idempotent-Replayed": "true"} if retried.is_replay else None)
