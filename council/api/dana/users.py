from rest_framework import serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.fields import iso_z
from config.dialects.schema import documented
from config.paging import window
from conversations.queries.integrations import integrations_of
from council.queries.usage import account_for_staff, accounts_for_staff, usage_of
from marketplace.queries.subscriptions import latest_subscription

PAGE = 50


class PageIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=PAGE)
    offset = serializers.IntegerField(min_value=0, default=0)


class UserOut(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    company = serializers.CharField()
    account_setup_complete = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class UsersAnswer(serializers.Serializer):
    users = UserOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class SubscriptionOut(serializers.Serializer):
    tier = serializers.CharField()
    status = serializers.CharField()
    start_date = serializers.DateTimeField()
    end_date = serializers.DateTimeField()


class IntegrationOut(serializers.Serializer):
    integration_type = serializers.CharField()
    status = serializers.CharField()


class UsageOut(serializers.Serializer):
    conversations_count = serializers.IntegerField()
    messages_count = serializers.IntegerField()
    ai_responses_count = serializers.IntegerField()
    knowledge_files_count = serializers.IntegerField()


class WholeUserOut(UserOut):
    subscription = SubscriptionOut(allow_null=True)
    integrations = IntegrationOut(many=True)
    usage_stats = UsageOut()


class UserAnswer(serializers.Serializer):
    user = WholeUserOut()


def user_out(user):
    return {
        "id": user.pk,
        "email": user.email,
        "company": user.company,
        "account_setup_complete": user.account_setup_complete,
        "created_at": iso_z(user.created_at),
    }


def subscription_out(user):
    """The one that runs, or else the one that ended last; None for who never subscribed."""
    subscription = latest_subscription(user.pk)
    return subscription and {
        "tier": subscription.tier.name.lower(),
        "status": subscription.status,
        "start_date": iso_z(subscription.start_date),
        "end_date": iso_z(subscription.end_date),
    }


class Users(DanaViewSet):
    """Document dana.txt, "Admin Endpoints", Users. Support may read them."""

    permission_classes = (IsAdminUser,)
    key_scope = "admin"

    @documented(query=PageIn, gives=UsersAnswer)
    def list(self, request):
        page = window(request.query_params, default=PAGE)
        users, total = accounts_for_staff(by=request.user, window=page)
        answer = {"users": [user_out(user) for user in users], "total": total}
        return Response(answer | {"limit": page.limit, "offset": page.offset})

    @documented(gives=UserAnswer)
    def retrieve(self, request, user_id):
        user = account_for_staff(user_id=user_id, by=request.user)
        usage = usage_of(user)
        answer = user_out(user) | {"subscription": subscription_out(user)}
        answer["integrations"] = [
            {"integration_type": row.type, "status": row.status}
            for row in integrations_of(user_id=user.pk, by=request.user)
        ]
        answer["usage_stats"] = {
            "conversations_count": usage.conversations,
            "messages_count": usage.messages,
            "ai_responses_count": usage.ai_responses,
            "knowledge_files_count": usage.knowledge_files,
        }
        return Response({"user": answer})
