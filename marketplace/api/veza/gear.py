import datetime as dt

from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, Whole, iso_z
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.files import stored_response
from config.money import MAX_CENTS
from config.paging import window
from marketplace.api.veza.shapes import PageIn
from marketplace.models import GearDocument, GearItem, GearRepair
from marketplace.queries.gear import LONGEST_SEARCH, gear_of
from marketplace.verbs.gear import create_gear, own_gear, remove_gear, update_gear
from marketplace.verbs.gear_documents import attach_document, own_document, remove_document, where_it_lies
from marketplace.verbs.gear_repairs import record_repair, remove_repair


class Day(serializers.DateField):
    """A day as JSON text, `2026-02-15`; nothing that merely can be read as one."""

    def to_internal_value(self, value):
        if not (isinstance(value, str) and len(value) == len("2026-02-15")):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return self.fail("invalid", format="YYYY-MM-DD")


class GearsIn(PageIn):
    search = serializers.CharField(required=False, max_length=LONGEST_SEARCH)
    status = serializers.ChoiceField(GearItem.Status.choices, required=False)


class GearChanges(serializers.Serializer):
    name = Text(max_length=200, required=False)
    category = Text(max_length=60, allow_blank=True, required=False)
    brand = Text(max_length=100, allow_blank=True, required=False)
    model = Text(max_length=100, allow_blank=True, required=False)
    serial_number = Text(max_length=100, allow_blank=True, required=False)
    status = serializers.ChoiceField(GearItem.Status.choices, required=False)
    purchase_date = Day(allow_null=True, required=False)
    purchase_price_cents = Whole(min_value=0, max_value=MAX_CENTS, allow_null=True, required=False)
    currency = Text(min_length=3, max_length=3, required=False)
    warranty_until_date = Day(allow_null=True, required=False)
    notes = Text(max_length=5000, allow_blank=True, required=False)


class GearIn(GearChanges):
    name = Text(max_length=200)


class GearOut(serializers.Serializer):
    id = serializers.CharField()
    owner_id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    brand = serializers.CharField()
    model = serializers.CharField()
    serial_number = serializers.CharField()
    status = serializers.ChoiceField(GearItem.Status.choices)
    purchase_date = serializers.DateField(allow_null=True)
    purchase_price_cents = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    warranty_until_date = serializers.DateField(allow_null=True)
    notes = serializers.CharField()
    document_count = serializers.IntegerField()
    repair_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class GearsOut(serializers.Serializer):
    gear = GearOut(many=True)
    total = serializers.IntegerField()


class DocumentIn(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    type = serializers.CharField(
        max_length=64, default="other", help_text="invoice, manual, warranty, photo, insurance or another word"
    )


class DocumentOut(serializers.Serializer):
    id = serializers.CharField()
    gear_id = serializers.CharField()
    type = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="as recognised by its bytes")
    size_bytes = serializers.IntegerField()
    download_url = serializers.CharField()
    created_at = serializers.DateTimeField()


class DocumentsOut(serializers.Serializer):
    documents = DocumentOut(many=True)
    total = serializers.IntegerField()


class RepairIn(serializers.Serializer):
    repair_date = Day()
    description = Text(max_length=2000)
    cost_cents = Whole(min_value=0, max_value=MAX_CENTS, default=0)
    currency = Text(min_length=3, max_length=3, required=False, help_text="otherwise the item's own")
    provider = Text(max_length=200, allow_blank=True, default="")


class RepairOut(serializers.Serializer):
    id = serializers.CharField()
    gear_id = serializers.CharField()
    repair_date = serializers.DateField()
    description = serializers.CharField()
    cost_cents = serializers.IntegerField()
    currency = serializers.CharField()
    provider = serializers.CharField()
    created_at = serializers.DateTimeField()


class RepairsOut(serializers.Serializer):
    repairs = RepairOut(many=True)
    total = serializers.IntegerField()


class RemovedOut(serializers.Serializer):
    message = serializers.CharField()


class Gear(VezaViewSet):
    """decisions.md §5: the items themselves, each its owner's alone."""

    @documented(query=GearsIn, gives=GearsOut)
    def list(self, request):
        """The caller's own, newest first."""
        asked, page = self.given(GearsIn), window(request.query_params)
        rows = gear_of(request.user, words=asked.get("search", ""), status=asked.get("status", ""))
        return Response({"gear": [gear_out(item) for item in cut(rows, page)], "total": rows.count()})

    @documented(takes=GearIn, gives=GearOut, status=201)
    def create(self, request):
        return Response(gear_out(create_gear(by=request.user, **self.given(GearIn))), status=201)

    @documented(gives=GearOut)
    def retrieve(self, request, gear_id):
        return Response(whole(request.user, own_gear(gear_id, request.user)))

    @documented(takes=GearChanges, gives=GearOut)
    def update(self, request, gear_id):
        """Changes what is given and leaves the rest."""
        gear = update_gear(gear_id=gear_id, by=request.user, **self.given(GearChanges))
        return Response(whole(request.user, gear))

    @documented(gives=RemovedOut)
    def remove(self, request, gear_id):
        """With its documents and repairs."""
        remove_gear(gear_id=gear_id, by=request.user)
        return Response({"message": "Gear deleted"})


class GearDocuments(VezaViewSet):
    """Document veza.txt, "Gear / Inventory"."""

    parser_classes = TAKES_FILES

    @documented(query=PageIn, gives=DocumentsOut)
    def list(self, request, gear_id):
        """Newest first."""
        page = window(request.query_params)
        rows = own_gear(gear_id, request.user).documents.order_by("-created_at", "-id")
        return Response({"documents": [document_out(row) for row in cut(rows, page)], "total": rows.count()})

    @documented(takes={"multipart/form-data": DocumentIn}, gives=DocumentOut, status=201)
    def create(self, request, gear_id):
        """Any file; what it is is told by its bytes, and it is only ever handed out to be saved."""
        given = self.given(DocumentIn)
        file = given["file"]
        kept = attach_document(gear_id=gear_id, content=file, name=file.name, type=given["type"], by=request.user)
        return Response(document_out(kept), status=201)

    @documented(status=(200, "application/octet-stream"), gives=bytes)
    def download(self, request, gear_id, document_id):
        """The content, always to be saved. Where files are kept on S3: 302 to a signed address."""
        return document_response(request, own_document(gear_id, document_id, request.user))

    @documented(gives=RemovedOut)
    def remove(self, request, gear_id, document_id):
        remove_document(gear_id=gear_id, document_id=document_id, by=request.user)
        return Response({"message": "Document deleted"})


class GearRepairs(VezaViewSet):
    """Document veza.txt, "Gear / Inventory"."""

    @documented(query=PageIn, gives=RepairsOut)
    def list(self, request, gear_id):
        """The latest first."""
        page = window(request.query_params)
        rows = own_gear(gear_id, request.user).repairs.order_by("-repair_date", "-id")
        return Response({"repairs": [repair_out(row) for row in cut(rows, page)], "total": rows.count()})

    @documented(takes=RepairIn, gives=RepairOut, status=201)
    def create(self, request, gear_id):
        repair = record_repair(gear_id=gear_id, by=request.user, **self.given(RepairIn))
        return Response(repair_out(repair), status=201)

    @documented(gives=RemovedOut)
    def remove(self, request, gear_id, repair_id):
        remove_repair(gear_id=gear_id, repair_id=repair_id, by=request.user)
        return Response({"message": "Repair deleted"})


def cut(rows, page):
    return rows[page.offset : page.offset + page.limit]


def whole(user, gear):
    """With its counts, which a list gets in one go."""
    return gear_out(gear_of(user).get(pk=gear.pk))


def gear_out(gear: GearItem):
    same = (
        "name",
        "category",
        "brand",
        "model",
        "serial_number",
        "status",
        "purchase_price_cents",
        "currency",
        "notes",
    )
    return {
        "id": str(gear.pk),
        "owner_id": str(gear.owner_id),
        **{name: getattr(gear, name) for name in same},
        "purchase_date": day_out(gear.purchase_date),
        "warranty_until_date": day_out(gear.warranty_until_date),
        "document_count": getattr(gear, "document_count", 0),
        "repair_count": getattr(gear, "repair_count", 0),
        "created_at": iso_z(gear.created_at),
        "updated_at": iso_z(gear.updated_at),
    }


def document_out(document: GearDocument):
    return {
        "id": str(document.pk),
        "gear_id": str(document.gear_id),
        "type": document.type,
        "name": document.name,
        "content_type": document.content_type,
        "size_bytes": document.size_bytes,
        "download_url": f"/api/v1/inventory/gear/{document.gear_id}/documents/{document.pk}/download",
        "created_at": iso_z(document.created_at),
    }


def repair_out(repair: GearRepair):
    same = ("description", "cost_cents", "currency", "provider")
    return {
        "id": str(repair.pk),
        "gear_id": str(repair.gear_id),
        "repair_date": day_out(repair.repair_date),
        **{name: getattr(repair, name) for name in same},
        "created_at": iso_z(repair.created_at),
    }


def day_out(day: dt.date | None):
    return day.isoformat() if day else None


def document_response(request, document: GearDocument):
    def place_of(key, *, name, content_type):
        return where_it_lies(document, content_type=content_type)

    return stored_response(
        request, place_of, key=document.content.name or "", name=document.name, content_type=document.content_type
    )
