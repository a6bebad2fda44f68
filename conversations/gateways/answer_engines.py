"""Which engine answers clients here: the ladder of council-design.md §7.

`LLM_MODEL` names a provider, and nothing else then answers in its place. Unset, or naming a model of this machine, the files'
own sentences answer.
"""

from django.conf import settings

from conversations.gateways.assistants import AssistantModel
from conversations.gateways.local_assistant import LABEL, MODEL_ID, LocalAssistant
from conversations.gateways.provider_assistant import ProviderAssistant

LOCAL = ("offline", "embedded")
"""The council's own engines of this machine; neither answers clients, so the files do."""


def active_assistant() -> AssistantModel:
    named = settings.LLM_MODEL
    if not named or named.partition(":")[0] in LOCAL:
        return LocalAssistant()
    return ProviderAssistant.by_name(named)


def assistant_label(model_id: str | None = None) -> str:
    """What a page says about the engine that answers here, or about the one that gave an answer."""
    if model_id is None:
        return active_assistant().label
    return LABEL if model_id == MODEL_ID else model_id
