"""What is taken out of documents, and what they can not do to whoever reads them: the bombs are real ones."""

import io
import os
import subprocess
import sys
import time
import zipfile
import zlib

import pytest

from conversations.gateways import documents
from conversations.gateways.documents import Document, Unreadable, take_out
from tests.factories.knowledge import document, docx, paragraph, pdf, table


def read(raw, kind, **limits):
    return take_out(io.BytesIO(raw), kind=kind, **limits)


def reason(raw, kind, **limits):
    with pytest.raises(Unreadable) as error:
        read(raw, kind, **limits)
    return error.value.reason


def raw_pdf(stream, **about):
    """One page whose content is this stream, packed."""
    packed = zlib.compress(stream, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def zipped(**parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


class TestPdf:
    def test_gives_the_text_of_each_page(self):
        assert read(pdf("Opening hours\nTen to six.", "Refunds: fourteen days."), "pdf") == Document(
            ("Opening hours\nTen to six.", "Refunds: fourteen days."), 2
        )

    def test_keeps_the_place_of_a_page_without_text(self):
        found = read(pdf("First.", None, "Third."), "pdf")
        assert ([page.strip() for page in found.pages], found.page_count) == (["First.", "", "Third."], 3)

    def test_says_that_a_scan_has_no_text(self):
        assert reason(pdf(None, None), "pdf") == "no_text_layer"

    def test_opens_what_is_locked_with_no_password_and_says_so_of_the_others(self):
        assert reason(pdf("Secret.", password="pass"), "pdf") == "encrypted"

    @pytest.mark.parametrize("raw", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", b"%PDF-" + bytes(range(256)) * 40])
    def test_says_that_it_is_damaged(self, raw):
        assert reason(raw, "pdf") == "damaged"

    def test_says_that_a_cut_one_is_damaged(self):
        assert reason(pdf("One.", "Two.")[:400], "pdf") == "damaged"

    def test_refuses_more_pages_than_a_thousand(self):
        assert reason(pdf(*["x"] * 1001), "pdf") == "too_large"

    def test_survives_a_page_that_takes_minutes(self):
        """Fifty kilobytes: ended by the limit of processor time."""
        bomb = raw_pdf(b"BT /F1 12 Tf " + b"(x) Tj " * 5_000_000 + b"ET")
        assert len(bomb) < 200_000
        begun = time.monotonic()
        assert reason(bomb, "pdf", cpu_seconds=1) == "timeout"
        assert time.monotonic() - begun < 20

    def test_survives_a_page_that_takes_gigabytes(self):
        bomb = raw_pdf(b"BT /F1 12 Tf [" + b"(x) 1 " * 10_000_000 + b"] TJ ET")
        assert len(bomb) < 200_000
        assert reason(bomb, "pdf", memory=150 * 1024 * 1024) == "memory"

    def test_refuses_a_stream_that_unpacks_without_end(self):
        bomb = raw_pdf(b" " * 200_000_000)
        assert len(bomb) < 200_000
        assert reason(bomb, "pdf") == "too_large"

    def test_survives_pages_that_contain_themselves(self):
        loop = raw_pdf(b"").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
        assert reason(loop, "pdf", cpu_seconds=5) in ("damaged", "timeout", "empty")


class TestDocx:
    def test_gives_paragraphs_headings_and_tables_in_their_order(self):
        body = (
            paragraph("Prices", "Heading1")
            + paragraph("All with tax.")
            + table(("Stalls", "38 EUR"), ("Gallery", "24 EUR"))
            + paragraph("Refunds", "Heading2")
            + paragraph("Within fourteen days.")
        )
        assert read(docx(body), "docx") == Document(
            (
                "# Prices\n\nAll with tax.\n\nStalls | 38 EUR\n\nGallery | 24 EUR\n\n## Refunds\n\nWithin fourteen days.",
            ),
            None,
        )

    def test_joins_runs_and_knows_breaks(self):
        runs = "<w:p><w:r><w:t>Open</w:t></w:r><w:r><w:t xml:space='preserve'>ing </w:t><w:br/><w:t>hours</w:t></w:r></w:p>"
        assert read(docx(runs), "docx").pages == ("Opening \nhours",)

    def test_leaves_out_what_was_deleted(self):
        kept = "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
        assert read(docx(kept), "docx").pages == ("new",)

    def test_reads_a_table_in_a_table_once(self):
        inner = f"<w:tbl><w:tr><w:tc>{paragraph('in')}</w:tc></w:tr></w:tbl>"
        outer = f"<w:tbl><w:tr><w:tc>{paragraph('a')}{inner}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
        assert read(docx(outer), "docx").pages == ("a in | b",)

    def test_says_a_text_box_once(self):
        mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
        box = f"<w:txbxContent>{paragraph('Boxed')}</w:txbxContent>"
        both = f'<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
        assert read(docx(f"<w:p><w:r>{both}</w:r></w:p>"), "docx").pages == ("Boxed",)

    def test_says_that_there_is_no_text(self):
        assert reason(docx(paragraph("")), "docx") == "empty"

    @pytest.mark.parametrize(
        "raw",
        [
            b"PK\x03\x04" + bytes(100),
            zipped(other="x"),
            zipped(**{"word/document.xml": "<w:document>"}),
            zipped(**{"word/document.xml": ""}),
        ],
    )
    def test_says_that_it_is_damaged(self, raw):
        assert reason(raw, "docx") == "damaged"

    def test_says_that_it_is_locked(self):
        raw = bytearray(docx(paragraph("x")))
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.find(mark)
            while at >= 0:
                raw[at + place] |= 1
                at = raw.find(mark, at + 4)
        assert reason(bytes(raw), "docx") == "encrypted"

    def test_refuses_a_zip_bomb_by_its_directory(self):
        bomb = docx(paragraph("x"), **{"word/media/image1.bmp": bytes(60 * 1024 * 1024)})
        assert len(bomb) < 200_000
        assert reason(bomb, "docx", memory=200 * 1024 * 1024) == "too_large"

    def test_refuses_what_is_packed_too_tightly(self):
        assert reason(docx(paragraph("x"), **{"word/a.bin": bytes(4 * 1024 * 1024)}), "docx") == "too_large"

    def test_refuses_a_directory_of_thousands(self):
        assert reason(docx(paragraph("x"), **{f"a/{number}": "" for number in range(2001)}), "docx") == "too_large"

    def test_does_not_believe_a_size_that_is_too_small(self):
        """The directory says one kilobyte; no more than that is unpacked."""
        raw = bytearray(docx(paragraph("word " * 100_000)))
        at = raw.rfind(b"word/document.xml") - 46
        raw[at + 24 : at + 28] = (1024).to_bytes(4, "little")
        assert reason(bytes(raw), "docx") == "damaged"

    def test_refuses_entities(self):
        """A billion laughs, and a file of the house: neither is opened."""
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 50}">' for n in range(10))
        for doctype, use in ((laughs, "&a9;"), ('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;")):
            xml = document(paragraph(f"before {use} after")).replace("?>", f"?><!DOCTYPE w [{doctype}]>", 1)
            raw = zipped(**{"word/document.xml": xml})
            assert reason(raw, "docx", memory=400 * 1024 * 1024) == "damaged"

    def test_reads_a_document_of_half_a_million_paragraphs_within_its_limits(self):
        """As python-docx could not: the tree is forgotten as it goes, until there are too many letters."""
        bomb = docx("<w:p/>" * 500_000 + paragraph("At the end."))
        assert reason(bomb, "docx") == "too_large"  # packed more tightly than any text is


class TestPlainText:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("Grüße aus Köln".encode(), "Grüße aus Köln"),
            ("Grüße".encode("utf-8-sig"), "Grüße"),
            ("Grüße".encode("utf-16"), "Grüße"),
            (
                ("Grüße aus der schönen Stadt Köln, für alle Gäste. " * 5).encode("cp1252"),
                "Grüße aus der schönen Stadt Köln",
            ),
            (b"one\0two", "onetwo"),
            (b"one\r\ntwo\rthree\x0cfour", "one\ntwo\nthree\nfour"),
        ],
    )
    def test_is_read_in_its_encoding(self, raw, text):
        assert read(raw, "txt").pages[0].startswith(text)

    def test_says_that_bytes_are_no_text(self):
        assert reason(bytes(range(1, 32)) * 100, "txt") == "damaged"

    def test_says_that_there_is_nothing_in_it(self):
        assert reason(b" \n\n ", "txt") == "empty"

    def test_refuses_more_than_two_million_letters(self):
        assert reason(b"word " * 400_001, "txt") == "too_large"


class TestTheOtherProcess:
    def test_knows_no_settings_and_no_secret(self, monkeypatch):
        """Whatever takes it over finds nothing in its surroundings."""
        monkeypatch.setenv("SECRET_KEY", "told-to-nobody")
        seen = {}
        popen = subprocess.Popen

        def watched(command, **options):
            seen.update(options["env"])
            return popen(command, **options)

        monkeypatch.setattr(documents.subprocess, "Popen", watched)
        read(b"text", "txt")
        assert sorted(seen) == ["LANG", "PATH", "PYTHONDONTWRITEBYTECODE"]

    def test_imports_neither_django_nor_us(self):
        code = "import sys, conversations.gateways.reader; print(sorted(n for n in sys.modules if n.split('.')[0] in ('django', 'config', 'ontology', 'accounts')))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=documents.ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == "[]\n"

    def test_is_ended_after_its_time(self, monkeypatch, tmp_path):
        """One that sleeps, and a child of its own: both are gone, so that nobody holds the pipe open any more."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        heard = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(heard, True)
        script = f"import os, time; os.write(os.open({str(pipe)!r}, os.O_WRONLY), b'x'); os.fork(); time.sleep(60)"
        run = documents._run
        monkeypatch.setattr(documents, "_run", lambda command, *rest: run([sys.executable, "-c", script], *rest))
        assert reason(b"text", "txt", seconds=1.5) == "timeout"
        assert [os.read(heard, 1), os.read(heard, 1)] == [b"x", b""]
        os.close(heard)

    @pytest.mark.parametrize(
        ("script", "said"),
        [
            ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
            ("import os; os.abort()", "memory"),
            ("raise SystemExit(3)", "damaged"),
            ("print('no json')", "damaged"),
            ("print('[]')", "damaged"),
            ('print(\'{"reason": "sabotage"}\')', "damaged"),
            ('print(\'{"pages": ["x"]}\')', "damaged"),
        ],
    )
    def test_may_fall_over_in_any_way(self, monkeypatch, script, said):
        run = documents._run
        monkeypatch.setattr(documents, "_run", lambda command, *rest: run([sys.executable, "-c", script], *rest))
        assert reason(b"text", "txt") == said

    def test_gives_no_half_characters_on(self, monkeypatch):
        script = r"""print('{"pages": ["a\\ud800b\\u0000c\\u0007\\nd"], "page_count": null}')"""
        run = documents._run
        monkeypatch.setattr(documents, "_run", lambda command, *rest: run([sys.executable, "-c", script], *rest))
        assert read(b"text", "txt").pages == ("abc\nd",)
