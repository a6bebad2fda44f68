from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from council.queries.metrics import metrics


class Counts(serializers.DictField):
    child = serializers.IntegerField()


class UsersOut(serializers.Serializer):
    total = serializers.IntegerField()
    active_last_7_days = serializers.IntegerField()
    new_last_30_days = serializers.IntegerField()


class ConversationsOut(serializers.Serializer):
    total = serializers.IntegerField()
    active = serializers.IntegerField()
    by_platform = Counts(help_text="facebook, instagram and whatsapp")


class MessagesOut(serializers.Serializer):
    total = serializers.IntegerField()
    last_7_days = serializers.IntegerField()
    by_sender_type = Counts(help_text="client, ai and user")


class SubscriptionsOut(serializers.Serializer):
    by_tier = Counts(help_text="by the tier's name in small letters")
    active = serializers.IntegerField()
    expired = serializers.IntegerField()
    canceled = serializers.IntegerField()


class MetricsOut(serializers.Serializer):
    users = UsersOut()
    conversations = ConversationsOut()
    messages = MessagesOut()
    subscriptions = SubscriptionsOut()


class DashboardAnswer(serializers.Serializer):
    metrics = MetricsOut()


class Dashboard(DanaViewSet):
    """Document dana.txt, "Get Admin Dashboard". Support may read it."""

    permission_classes = (IsAdminUser,)
    key_scope = "admin"

    @documented(gives=DashboardAnswer)
    def retrieve(self, request):
        return Response({"metrics": metrics(by=request.user)})
