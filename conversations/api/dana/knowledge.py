from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, iso_z
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.paging import window
from conversations.models import KnowledgeFile
from conversations.queries.knowledge import LONGEST_QUESTION, files_of, search_passages
from conversations.verbs.knowledge import add_knowledge_file, own_file, remove_knowledge_file
from conversations.verbs.passages import text_of

A_PAGE, MOST = 50, 100


class UploadIn(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    file_type = Text(max_length=100, help_text="pdf, docx or txt; its bytes must say the same")


class WindowIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=A_PAGE)
    offset = serializers.IntegerField(min_value=0, default=0)


class FileOut(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    file_name = serializers.CharField()
    file_size = serializers.IntegerField(help_text="in bytes")
    file_type = serializers.ChoiceField(KnowledgeFile.Type.values)
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(
        KnowledgeFile.Status.values, help_text="waiting until its text is taken out; the assistant knows what is ready"
    )
    reason = serializers.CharField(allow_blank=True, help_text="why it failed, such as encrypted or no_text_layer")
    page_count = serializers.IntegerField(allow_null=True, help_text="of a PDF")


class WholeFileOut(FileOut):
    content = serializers.CharField(allow_blank=True, help_text="empty until it is ready")


class UploadedAnswer(serializers.Serializer):
    message = serializers.CharField()
    file = FileOut()


class FilesAnswer(serializers.Serializer):
    files = FileOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class FileAnswer(serializers.Serializer):
    file = WholeFileOut()


class RemovedAnswer(serializers.Serializer):
    message = serializers.CharField()


class QuestionIn(serializers.Serializer):
    q = Text(max_length=LONGEST_QUESTION, help_text="a question as a client would write it")


class PassageOut(serializers.Serializer):
    file_id = serializers.CharField()
    file_name = serializers.CharField()
    page = serializers.IntegerField(allow_null=True, help_text="where it begins, in a PDF")
    text = serializers.CharField()


class PassagesAnswer(serializers.Serializer):
    passages = PassageOut(many=True)


class KnowledgeUploads(DanaViewSet):
    """Document dana.txt, "Knowledge Management": upload."""

    parser_classes = TAKES_FILES

    @documented(takes={"multipart/form-data": UploadIn}, gives=UploadedAnswer, status=201)
    def create(self, request):
        """403 with `details.reason` `limit_reached` where the caller's tier allows no further file."""
        given = self.given(UploadIn)
        file = add_knowledge_file(upload=given["file"], file_type=given["file_type"], by=request.user)
        return Response({"message": "File uploaded successfully", "file": file_out(file)}, status=201)


class KnowledgeFiles(DanaViewSet):
    """Document dana.txt, "Knowledge Management": the caller's own."""

    @documented(query=WindowIn, gives=FilesAnswer)
    def list(self, request):
        """Newest first."""
        asked = window(request.query_params, default=A_PAGE, most=MOST)
        files, total = files_of(request.user, asked)
        about = {"total": total, "limit": asked.limit, "offset": asked.offset}
        return Response({"files": [file_out(file) for file in files], **about})

    @documented(gives=FileAnswer)
    def retrieve(self, request, file_id):
        """With its text, once that is taken out."""
        file = own_file(file_id, request.user)
        return Response({"file": file_out(file, content=text_of(file))})

    @documented(gives=RemovedAnswer)
    def destroy(self, request, file_id):
        """What it taught the assistant goes with it."""
        remove_knowledge_file(file_id=file_id, by=request.user)
        return Response({"message": "File deleted successfully"})


class KnowledgeSearch(DanaViewSet):
    """Ours: what the caller's assistant would find."""

    @documented(query=QuestionIn, gives=PassagesAnswer)
    def retrieve(self, request):
        """Best first; empty where the assistant would rather hand the question over to a person."""
        found = search_passages(user=request.user, question=self.given(QuestionIn)["q"])
        return Response({"passages": [passage_out(each) for each in found]})


def file_out(file, **content):
    return {
        "id": str(file.pk),
        "user_id": str(file.user_id),
        "file_name": file.file_name,
        "file_size": file.file_size,
        "file_type": file.file_type,
        **content,
        "created_at": iso_z(file.created_at),
        "status": file.status,
        "reason": file.reason,
        "page_count": file.page_count,
    }


def passage_out(found):
    return {"file_id": str(found.file_id), "file_name": found.file_name, "page": found.page, "text": found.text}
