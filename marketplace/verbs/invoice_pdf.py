"""An invoice or credit note as PDF, drawn from its snapshot alone: the same snapshot gives the same bytes.

Source Sans Pro is embedded: Latin with all its accents, Greek and Cyrillic. What people typed is escaped before it comes
near reportlab's markup.
"""

import datetime as dt
import functools
import io
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import font_source_sans_pro
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from config.money import Money, vat_within

Snapshot = dict[str, Any]
TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}
INK, SOFT, LINE = HexColor(0x221D18), HexColor(0x6B655F), HexColor(0xD9D4CE)
MARGIN = 20 * mm
FRAME = 6
"""What reportlab's frame keeps free around its content, in points."""
WIDTH = A4[0] - 2 * MARGIN
NATURES = {"digital": "digital", "physical": "goods", "subscription": "subscription"}


def draw(snapshot: Snapshot) -> bytes:
    """The document's bytes."""
    load_letters()
    paper = io.BytesIO()
    title = f"{TITLES[snapshot['kind']]} {snapshot['number']}"
    document = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author=snapshot["issuer"]["name"],
        lang="en",
        invariant=1,
        # So that the page's words can be found and compared without unpacking.
        pageCompression=0,
    )
    foot = functools.partial(draw_foot, title=title)
    document.build(parts_of(snapshot), onFirstPage=foot, onLaterPages=foot)
    return paper.getvalue()


@functools.cache
def load_letters() -> None:
    folder = Path(font_source_sans_pro.__file__).parent / "files"
    pdfmetrics.registerFont(TTFont("Text", str(folder / "SourceSansPro-Regular.ttf")))
    pdfmetrics.registerFont(TTFont("Strong", str(folder / "SourceSansPro-Semibold.ttf")))


def draw_foot(canvas: Any, document: Any, *, title: str) -> None:
    canvas.saveState()
    canvas.setFont("Text", 8)
    canvas.setFillColor(SOFT)
    canvas.drawString(MARGIN, 12 * mm, title)
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {document.page}")
    canvas.restoreState()


PLAIN = ParagraphStyle("plain", fontName="Text", fontSize=9.5, leading=13, textColor=INK)
STRONG = ParagraphStyle("strong", parent=PLAIN, fontName="Strong")
FINE = ParagraphStyle("fine", parent=PLAIN, fontSize=8.5, leading=11.5, textColor=SOFT)
HEAD = ParagraphStyle("head", parent=PLAIN, fontName="Strong", fontSize=20, leading=26)
END = ParagraphStyle("end", parent=PLAIN, alignment=TA_RIGHT)
END_FINE = ParagraphStyle("end-fine", parent=FINE, alignment=TA_RIGHT)
END_STRONG = ParagraphStyle("end-strong", parent=STRONG, alignment=TA_RIGHT)


def words(text: Any, style: ParagraphStyle = PLAIN) -> Paragraph:
    return Paragraph(escape(str(text)), style)


def stacked(lines: list[tuple[Any, ParagraphStyle]]) -> list[Paragraph]:
    return [words(text, style) for text, style in lines if text]


def parts_of(snapshot: Snapshot) -> list[Any]:
    return [
        words(TITLES[snapshot["kind"]], HEAD),
        Spacer(1, 4 * mm),
        about(snapshot),
        Spacer(1, 8 * mm),
        parties(snapshot),
        Spacer(1, 10 * mm),
        supplies(snapshot),
        Spacer(1, 6 * mm),
        sums(snapshot),
        Spacer(1, 8 * mm),
        *(words(note, FINE) for note in snapshot["notes"]),
    ]


def about(snapshot: Snapshot) -> Table:
    rows = [("Number", snapshot["number"]), ("Issued", day(snapshot["issued_at"]))]
    if supplied := snapshot.get("supply_at"):
        rows.append(("Supplied", day(supplied)))
    if order := snapshot.get("order"):
        rows.append(("Order", order["number"]))
    if first := snapshot.get("corrects"):
        rows.append(("Corrects", f"{TITLES['invoice']} {first['number']} of {day(first['issued_at'])}"))
        rows.append(("Reason", snapshot["reason"]))
    rows.append(("Currency", snapshot["currency"]))
    cells = [(words(name, FINE), words(value)) for name, value in rows]
    return Table(cells, colWidths=(28 * mm, WIDTH - 28 * mm), style=TIGHT, hAlign="LEFT")


def parties(snapshot: Snapshot) -> Table:
    issuer, buyer = snapshot["issuer"], snapshot["buyer"]
    left = stacked(
        [
            ("From", FINE),
            (issuer["name"], STRONG),
            *((line, PLAIN) for line in issuer["address"]),
            (issuer["country"], PLAIN),
            (issuer["vat_id"] and f"VAT id {issuer['vat_id']}", PLAIN),
        ]
    )
    place = " ".join(part for part in (buyer.get("postcode"), buyer.get("city")) if part)
    right = stacked(
        [
            ("To", FINE),
            (buyer.get("company"), STRONG),
            (buyer["name"], PLAIN if buyer.get("company") else STRONG),
            *((buyer.get(name), PLAIN) for name in ("line1", "line2")),
            (place, PLAIN),
            (buyer.get("country"), PLAIN),
            (buyer.get("vat_id") and f"VAT id {buyer['vat_id']}", PLAIN),
            (buyer["email"], FINE),
        ]
    )
    return Table([[left, right]], colWidths=(WIDTH / 2, WIDTH / 2), style=TIGHT)


def supplies(snapshot: Snapshot) -> LongTable:
    def money(cents: int) -> str:
        return amount(cents, snapshot)

    names = (("What", FINE), ("Quantity", END_FINE), ("Each, net", END_FINE), ("VAT", END_FINE), ("Net", END_FINE))
    rows = [[*(words(name, style) for name, style in names), words("With VAT", END_FINE)]]
    for line in snapshot["lines"]:
        seller = line["seller"]
        by = f"Sold by {seller['name']}" + (f", VAT id {seller['vat_id']}" if seller["vat_id"] else "")
        is_whole = line["quantity"] is not None
        rows.append(
            [
                stacked([(line["title"], STRONG), (f"{NATURES[line['kind']]} · {by}", FINE)]),
                words(line["quantity"] if is_whole else "part", END),
                words(money(unit_net(line)) if is_whole else "", END),
                words(rate(line["vat_bp"]), END),
                words(money(line["net_cents"]), END),
                words(money(line["gross_cents"]), END),
            ]
        )
    widths = (WIDTH - 108 * mm, 18 * mm, 24 * mm, 16 * mm, 25 * mm, 25 * mm)
    return LongTable(rows, colWidths=widths, repeatRows=1, style=RULED)


def unit_net(line: Snapshot) -> int:
    """Older snapshots hold it with VAT alone."""
    return line.get("unit_net_cents", line["unit_cents"] - vat_within(line["unit_cents"], line["vat_bp"]))


def sums(snapshot: Snapshot) -> Table:
    def money(cents: int) -> str:
        return amount(cents, snapshot)

    rows = []
    for part in snapshot["rates"]:
        base = f"Net at {rate(part['vat_bp'])}"
        rows.append((words(base, END), words(money(part["net_cents"]), END)))
        rows.append((words(f"VAT {rate(part['vat_bp'])}", END), words(money(part["vat_cents"]), END)))
    rows.append((words("VAT in all", END), words(money(snapshot["vat_cents"]), END)))
    is_back = snapshot["kind"] == "credit_note"
    total = str(Money(snapshot["total_cents"], snapshot["currency"]))
    rows.append((words("Given back" if is_back else "Total, paid", END_STRONG), words(total, END_STRONG)))
    return Table(rows, colWidths=(60 * mm, 40 * mm), style=TIGHT, hAlign="RIGHT")


def amount(cents: int, snapshot: Snapshot) -> str:
    """Without its currency, which the document's head and its total say."""
    return str(Money(cents, snapshot["currency"])).rpartition(" ")[0]


def rate(basis_points: int) -> str:
    return f"{basis_points / 100:.2f}".rstrip("0").rstrip(".") + " %"


def day(moment: str) -> str:
    at = dt.datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y}"


EDGES: list[Any] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
TIGHT = TableStyle([*EDGES, ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])
RULED = TableStyle(
    [
        *EDGES,
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
    ]
)
