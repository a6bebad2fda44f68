"""What becomes of accounts on the platforms, and of messages on their way: the audit log, and receipts that came too early."""

from accounts.facts import AccountLeaving
from accounts.verbs.audit import keep_change
from conversations.facts import ClientFilesNamed, ConversationChanged, DeliveryChanged, PlatformAccountChanged
from conversations.jobs import client_files as jobs
from conversations.jobs import client_names as name_jobs
from conversations.models import Conversation, Delivery, Platform
from conversations.verbs.client_threads import title_of
from conversations.verbs.platform_accounts import let_accounts_go
from conversations.verbs.receipts import apply_waiting
from ontology.changes import receives, writes_with

NAMELESS = tuple(title_of(platform, "") for platform in (Platform.FACEBOOK, Platform.INSTAGRAM))


@writes_with(PlatformAccountChanged)
def keep_in_the_audit(fact: PlatformAccountChanged) -> None:
    keep_change(action=f"channel {fact.what}: {fact.platform}", resource=fact.account_id)


@writes_with(DeliveryChanged)
def apply_early_receipts(fact: DeliveryChanged) -> None:
    """A message got its id on the platform; what was told of it before is known by now."""
    if fact.status == Delivery.Status.SENT:
        found = Delivery.objects.select_related("message").filter(pk=fact.message_id).first()
        if found is not None:
            apply_waiting(found)


@receives(ClientFilesNamed)
def fetch_the_files(fact: ClientFilesNamed) -> None:
    jobs.copy_files.delay(message_id=str(fact.message_id))


@receives(ConversationChanged)
def ask_for_the_clients_name(fact: ConversationChanged) -> None:
    """Messenger's and Instagram's webhooks name nobody."""
    if (fact.kind, fact.what) == (Conversation.Kind.CLIENT, "opened") and fact.title in NAMELESS:
        name_jobs.look_up_name.delay(conversation_id=str(fact.conversation_id))


@writes_with(AccountLeaving)
def let_the_channels_go(fact: AccountLeaving) -> None:
    let_accounts_go(user_id=fact.user_id)
