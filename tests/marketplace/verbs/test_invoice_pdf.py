"""The paper: what people typed stays text, every letter of Europe is there, long orders go over pages."""

import re
import threading

import pytest
from reportlab.pdfbase import pdfmetrics

from marketplace.verbs.invoice_pdf import draw, load_letters

LINE = {
    "title": "Song", "kind": "digital", "quantity": 1, "unit_cents": 1190, "gross_cents": 1190, "net_cents": 1000,
    "vat_bp": 1900, "vat_cents": 190, "seller": {"name": "Mira", "vat_id": ""},
}  # fmt: skip


def snapshot(**changes):
    return {
        "kind": "invoice", "number": "INV-2026-000007", "issued_at": "2026-11-22T08:00:00Z",
        "supply_at": "2026-11-22T08:00:00Z", "order": {"id": "1", "number": "S-AAAA-BBBBBB"},
        "issuer": {"name": "Stoa", "address": ["Row 1"], "country": "DE", "vat_id": "DE1"},
        "buyer": {"name": "Ada", "email": "ada@example.com"}, "currency": "EUR", "lines": [LINE],
        "rates": [{"vat_bp": 1900, "net_cents": 1000, "vat_cents": 190, "gross_cents": 1190}], "net_cents": 1000,
        "vat_cents": 190, "total_cents": 1190, "is_reverse_charge": False, "notes": [],
    } | changes  # fmt: skip


def lines_called(*titles):
    return [{**LINE, "title": title} for title in titles]


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold",
        "</para>",
        "&amp;",
        "<img src='file:///etc/passwd'/>",
        "a" * 200,
        "Łódź ő ş Ж Ω ế",
        "漢字 שלום 🎵",
        "\x01",
    ],
)
def test_takes_any_text_as_text(text):
    drawn = draw(snapshot(lines=lines_called(text), buyer={"name": text, "email": text, "company": text}))
    assert drawn.startswith(b"%PDF")


def test_shows_markup_as_it_was_typed():
    drawn = draw(snapshot(lines=lines_called("<b>bold</b>")))
    assert b"<b>bold</b>" in b"".join(re.findall(rb"\((.*?)\) Tj", drawn))


@pytest.mark.parametrize("letters", ["ąćęłńóśźż", "őűŐŰ", "şğıİ", "čřžďť", "ЖяЁїЄ", "ΑΩάέ", "ếữ", "€£¥·"])
def test_has_the_letters_of_europe(letters):
    load_letters()
    for font in ("Text", "Strong"):
        known = pdfmetrics.getFont(font).face.charToGlyph
        assert [letter for letter in letters if ord(letter) not in known] == []


def test_goes_over_as_many_pages_as_it_needs():
    drawn = draw(snapshot(lines=lines_called(*map(str, range(100)))))
    assert (b"Page 5" in drawn, b"Page 1)" in drawn) == (True, True)


def test_a_credit_note_names_the_invoice_and_why():
    first = {"number": "INV-2026-000001", "issued_at": "2026-01-02T08:00:00Z"}
    part = [{**LINE, "quantity": None}]
    drawn = draw(snapshot(kind="credit_note", number="CN-2026-000001", corrects=first, reason="Too loud", lines=part))
    for words in (
        b"Credit note CN-2026-000001",
        b"Invoice INV-2026-000001 of 2 January 2026",
        b"Too loud",
        b"Given back",
    ):
        assert words in drawn


@pytest.mark.parametrize(("currency", "total"), [("JPY", b"1,190 JPY"), ("KWD", b"1.190 KWD")])
def test_writes_money_as_its_currency_does(currency, total):
    assert total in draw(snapshot(currency=currency))


def test_is_the_same_from_many_threads():
    drawn = []
    threads = [threading.Thread(target=lambda: drawn.append(draw(snapshot()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(drawn), len(set(drawn))) == (8, 1)


@pytest.mark.parametrize("known", [{"unit_net_cents": 1000}, {}])
def test_names_the_price_of_one_without_vat(known):
    """Article 226 (8). Snapshots from before hold it with VAT alone."""
    line = {**LINE, "quantity": 2, "gross_cents": 2380, "net_cents": 2000, "vat_cents": 380}
    written = re.findall(rb"\((.*?)\) Tj", draw(snapshot(lines=[line | known])))
    assert (b"10.00" in written, b"11.90" in written) == (True, False)
