from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.fields import Properties, iso_z
from config.dialects.schema import documented
from conversations.models import Integration
from conversations.models.integration_types import TYPES
from conversations.queries.integrations import integrations_of, known_type, masked_config, one_integration
from conversations.verbs.integrations import (
    create_integration,
    remove_integration,
    test_integration,
    update_integration,
)

TYPE = serializers.ChoiceField(list(TYPES))
CONFIG = "As the schema of the type says"


class TypeOut(serializers.Serializer):
    type = TYPE
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()


class TypesAnswer(serializers.Serializer):
    integrations = TypeOut(many=True)


class SchemaOut(serializers.Serializer):
    """JSON Schema; a property with `secret` is never read back."""

    type = serializers.CharField()
    properties = serializers.DictField(child=serializers.DictField())
    required = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # JSON Schema's word, and a field's
    additionalProperties = serializers.BooleanField()


class SchemaAnswer(serializers.Serializer):
    schema = SchemaOut()


class IntegrationIn(serializers.Serializer):
    integration_type = TYPE
    config = Properties(help_text=CONFIG)


class ChangeIn(serializers.Serializer):
    config = Properties(help_text=f"{CONFIG}, whole; a secret given as ******** stays as it is")


class IntegrationOut(serializers.Serializer):
    integration_type = TYPE
    status = serializers.ChoiceField(Integration.Status.values)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WholeIntegrationOut(IntegrationOut):
    config = serializers.DictField(help_text="Secrets are ********")


class IntegrationsAnswer(serializers.Serializer):
    integrations = IntegrationOut(many=True)


class IntegrationAnswer(serializers.Serializer):
    integration = WholeIntegrationOut()


class MessageAnswer(serializers.Serializer):
    message = serializers.CharField()


class ChangedAnswer(MessageAnswer):
    integration = IntegrationOut()


class DetailsOut(serializers.Serializer):
    """And by type what the account there is known by, such as `team_name` and `channel_name` of Slack."""

    connected = serializers.BooleanField()
    code = serializers.CharField(required=False, help_text="What failed, in one word")
    warning = serializers.CharField(required=False)
    sandbox = serializers.BooleanField(required=False, help_text="A stand-in answered, not the service")


class TestAnswer(MessageAnswer):
    __test__ = False

    details = DetailsOut()


def integration_out(integration):
    return {
        "integration_type": integration.type,
        "status": integration.status,
        "created_at": iso_z(integration.created_at),
        "updated_at": iso_z(integration.updated_at),
    }


class IntegrationTypes(DanaViewSet):
    """Document dana.txt, "Integrations": what can be connected, and what each type needs to know."""

    @documented(gives=TypesAnswer)
    def list(self, request):
        names = ("type", "name", "description", "category")
        return Response({"integrations": [{name: getattr(kind, name) for name in names} for kind in TYPES.values()]})

    @documented(gives=SchemaAnswer)
    def retrieve(self, request, integration_type):
        """JSON Schema of its config."""
        return Response({"schema": known_type(integration_type).schema()})


class Integrations(DanaViewSet):
    """Document dana.txt, "Integrations": somebody's own. Staff may read everybody's; secrets are masked for all."""

    @documented(gives=IntegrationsAnswer)
    def list(self, request, user_id):
        rows = integrations_of(user_id=user_id, by=request.user)
        return Response({"integrations": [integration_out(row) for row in rows]})

    @documented(takes=IntegrationIn, gives=ChangedAnswer, status=201)
    def create(self, request, user_id):
        given = self.given(IntegrationIn)
        integration = create_integration(
            user_id=user_id, type=given["integration_type"], config=given["config"], by=request.user
        )
        answer = {"message": "Integration created successfully", "integration": integration_out(integration)}
        return Response(answer, status=201)

    @documented(gives=IntegrationAnswer)
    def retrieve(self, request, user_id, integration_type):
        integration = one_integration(user_id=user_id, type=integration_type, by=request.user)
        return Response({"integration": integration_out(integration) | {"config": masked_config(integration)}})

    @documented(takes=ChangeIn, gives=ChangedAnswer)
    def update(self, request, user_id, integration_type):
        """The whole config; its status is active again until a test says otherwise."""
        config = self.given(ChangeIn)["config"]
        integration = update_integration(user_id=user_id, type=integration_type, config=config, by=request.user)
        return Response({"message": "Integration updated successfully", "integration": integration_out(integration)})

    @documented(gives=MessageAnswer)
    def destroy(self, request, user_id, integration_type):
        remove_integration(user_id=user_id, type=integration_type, by=request.user)
        return Response({"message": "Integration deleted successfully"})


class IntegrationTests(DanaViewSet):
    """Document dana.txt, "Test Integration"."""

    @documented(gives=TestAnswer)
    def create(self, request, user_id, integration_type):
        """What the service answered just now. That it refused is an answer: `connected` is false and `code` says why."""
        result = test_integration(user_id=user_id, type=integration_type, by=request.user)
        details = {"connected": result.connected, **result.details}
        details |= {name: said for name in ("code", "warning") if (said := getattr(result, name))}
        return Response({"message": said_of(result), "details": details})


def said_of(result):
    if not result.connected:
        return result.message
    return f"Integration test successful{' in the sandbox' if result.details.get('sandbox') else ''}"
