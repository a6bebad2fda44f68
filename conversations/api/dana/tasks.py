from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.paging import window
from conversations.models import Platform, Task
from conversations.queries.tasks import find_task, task_page
from conversations.verbs.tasks import LONGEST, create_task, remove_task, update_task

PAGE = 50


class TaskIn(serializers.Serializer):
    """More than the document has: `status` at once, the conversation it is about (one the caller may see), a day it is due."""

    description = Text(max_length=LONGEST["description"])
    status = serializers.ChoiceField(Task.Status.values, required=False)
    priority = serializers.ChoiceField(Task.Priority.values, required=False)
    platform = serializers.ChoiceField(Platform.values, required=False, allow_null=True, allow_blank=True)
    client_name = Text(max_length=LONGEST["client_name"], required=False, allow_null=True, allow_blank=True)
    conversation_id = Text(max_length=64, required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class TaskChangeIn(TaskIn):
    description = Text(max_length=LONGEST["description"], required=False)


class TasksIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=PAGE)
    offset = serializers.IntegerField(min_value=0, default=0)
    status = serializers.ChoiceField(Task.Status.values, required=False, allow_blank=True)
    priority = serializers.ChoiceField(Task.Priority.values, required=False, allow_blank=True)
    platform = serializers.ChoiceField(Platform.values, required=False, allow_blank=True)


class TaskOut(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(Task.Status.values)
    priority = serializers.ChoiceField(Task.Priority.values)
    platform = serializers.ChoiceField(Platform.values, allow_null=True)
    client_name = serializers.CharField(allow_null=True)
    conversation_id = serializers.CharField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TasksAnswer(serializers.Serializer):
    tasks = TaskOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class TaskAnswer(serializers.Serializer):
    task = TaskOut()


class MessageAnswer(serializers.Serializer):
    message = serializers.CharField()


class TaskChangedAnswer(MessageAnswer):
    task = TaskOut()


def task_out(task):
    return {
        "id": task.pk,
        "user_id": task.user_id,
        "description": task.description,
        "status": task.status,
        "priority": task.priority,
        "platform": task.platform or None,
        "client_name": task.client_name or None,
        "conversation_id": task.conversation_id,
        "due_date": task.due_date,
        "done_at": iso_z(task.done_at),
        "created_at": iso_z(task.created_at),
        "updated_at": iso_z(task.updated_at),
    }


def words_for_the_verb(given):
    """A null takes a text away."""
    texts = {name: given[name] or "" for name in ("platform", "client_name") if name in given}
    return {**given, **texts}


class Tasks(DanaViewSet):
    """Document dana.txt, "Tasks": the caller's own."""

    @documented(query=TasksIn, gives=TasksAnswer)
    def list(self, request):
        """Newest first."""
        asked, page = self.given(TasksIn), window(request.query_params, default=PAGE)
        filters = {name: asked[name] for name in ("status", "priority", "platform") if asked.get(name)}
        tasks, total = task_page(request.user, window=page, **filters)
        answer = {"tasks": [task_out(task) for task in tasks], "total": total}
        return Response(answer | {"limit": page.limit, "offset": page.offset})

    @documented(takes=TaskIn, gives=TaskChangedAnswer, status=201)
    def create(self, request):
        """About a client's conversation it takes platform and name from there, where none are given."""
        task = create_task(by=request.user, **words_for_the_verb(self.given(TaskIn)))
        return Response({"message": "Task created successfully", "task": task_out(task)}, status=201)

    @documented(gives=TaskAnswer)
    def retrieve(self, request, task_id):
        return Response({"task": task_out(find_task(task_id, by=request.user))})

    @documented(takes=TaskChangeIn, gives=TaskChangedAnswer)
    def update(self, request, task_id):
        """What is given changes, the rest stays."""
        task = update_task(task_id=task_id, by=request.user, **words_for_the_verb(self.given(TaskChangeIn)))
        return Response({"message": "Task updated successfully", "task": task_out(task)})

    @documented(gives=MessageAnswer)
    def destroy(self, request, task_id):
        remove_task(task_id=task_id, by=request.user)
        return Response({"message": "Task deleted successfully"})
