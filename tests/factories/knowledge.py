"""Knowledge files: documents as people have them, made whole, and files whose text was taken out."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from conversations.gateways.documents import Document
from conversations.models import KnowledgeFile
from conversations.verbs.extraction import claim, extract, keep
from conversations.verbs.knowledge import add_knowledge_file

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ENDINGS = {"pdf": ".pdf", "docx": ".docx", "txt": ".txt"}


def pdf(*pages, password=""):
    """A PDF with these texts, a page each; a page that is None holds a drawing alone."""
    held = io.BytesIO()
    canvas = Canvas(held, pagesize=A4, encrypt=password or None)
    for page in pages:
        if page is None:
            canvas.rect(100, 100, 200, 200, fill=1)
        for number, line in enumerate((page or "").split("\n")):
            canvas.drawString(72, 770 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def docx(body, **parts):
    """A Word document: `body` is the inside of w:body; `parts` are further parts by name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("word/document.xml", document(body))
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def document(body):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{NAMESPACE}"><w:body>{body}</w:body></w:document>'
    )


def paragraph(text, style=""):
    about = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{about}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows):
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def upload(content, name="notes.txt"):
    raw = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, raw)


def waiting(user, content="Doors open at seven.", *, name="notes", kind="txt"):
    """Uploaded, and not read yet."""
    return add_knowledge_file(upload=upload(content, name + ENDINGS[kind]), file_type=kind, by=user)


def known(user, content="Doors open at seven.", **options):
    """Uploaded and read."""
    file = waiting(user, content, **options)
    extract(file_id=file.pk)
    return KnowledgeFile.objects.get(pk=file.pk)


def kept(user, content, *, name="notes.txt"):
    """As `known`, without the process that reads: for tests of what comes after it."""
    file = add_knowledge_file(upload=upload(content, name), file_type="txt", by=user)
    keep(claim(file.pk), Document((content,), None))
    return KnowledgeFile.objects.get(pk=file.pk)
