"""What the graph remembers of each fact: the rows that the verb which publishes it writes in the same transaction.

By the fact's name, as most facts belong to apps that stand above this one. Of each column a fact writes one type at least;
where it has several, the fact's `what` or `status` or the thing it is about decides; the first thing that somebody
publishes or sells also makes them a creator. A fact that leaves nothing says
why. tests/house/test_remembering.py fails on a fact that is not in here.
"""

from dataclasses import dataclass

from ontology.models import ConnectionType, EntityType, EventType


@dataclass(frozen=True, slots=True)
class Rows:
    """`entities` are made or brought up to date, `connections` made or ended, `events` logged."""

    entities: tuple[EntityType, ...] = ()
    connections: tuple[ConnectionType, ...] = ()
    events: tuple[EventType, ...] = ()
    why_none: str = ""


def none(why: str) -> Rows:
    return Rows(why_none=why)


E, C, T = EntityType, ConnectionType, EventType
ANY_ENTITY, ANY_CONNECTION, ANY_EVENT = tuple(E), tuple(C), tuple(T)
CHANGED = (T.CONTENT_CHANGED,)
A_SIGNAL = "A signal: heard by who is there, and nothing that happened."
A_JOB = "It asks for work; what the work changes is told by the fact at its end."
A_READING = "It changes what somebody has seen, and nothing that others could find."
SECURITY = "The security log keeps it; the graph is read by other people."

REMEMBERED: dict[str, Rows] = {
    # ontology
    "EntityChanged": Rows(ANY_ENTITY, ANY_CONNECTION, ANY_EVENT),
    "PostPublished": Rows((E.SOCIAL_POST,), (C.AUTHORED,), (T.UGC_CREATED,)),
    "PostRemoved": Rows((E.SOCIAL_POST,), (), CHANGED),
    "Liked": Rows((), (), (T.CONTENT_INTERACTED,)),
    "LikeTakenBack": Rows((), (), (T.CONTENT_INTERACTED,)),
    "Commented": Rows((), (), (T.COMMENT_POSTED,)),
    "CommentRemoved": Rows((), (), (T.CONTENT_INTERACTED,)),
    "Followed": Rows((), (C.FOLLOWING,), (T.USER_ENGAGED,)),
    "Unfollowed": Rows((), (C.FOLLOWING,), (T.USER_ENGAGED,)),
    "TrackUploaded": Rows((E.MEDIA_ASSET, E.CREATOR), (C.AUTHORED,), (T.CONTENT_UPLOADED, T.CREATOR_CREATED)),
    "TrackChanged": Rows((E.MEDIA_ASSET,), (), CHANGED),
    "TrackDeleted": Rows((E.MEDIA_ASSET,), (), CHANGED),
    "FileUploaded": Rows((E.MEDIA_ASSET,), (C.OWNS,), (T.CONTENT_UPLOADED,)),
    "FileChanged": Rows((E.MEDIA_ASSET,), (), CHANGED),
    "FileDeleted": Rows((E.MEDIA_ASSET,), (), CHANGED),
    "FileShared": none("Who has a link to a private file is the owner's affair; the share itself is the row."),
    "ShareRevoked": none("As FileShared."),
    "StreamChanged": Rows(
        (E.LIVESTREAM, E.CREATOR), (C.CREATED_BY,), (T.CONTENT_UPLOADED, T.CONTENT_CHANGED, T.CREATOR_CREATED)
    ),
    "StreamWentLive": Rows((E.LIVESTREAM,), (), (T.LIVESTREAM_STATUS_CHANGED,)),
    "StreamEnded": Rows((E.LIVESTREAM,), (), (T.LIVESTREAM_STATUS_CHANGED,)),
    "StreamRecorded": Rows((E.RECORDING,), (C.PART_OF,), (T.CONTENT_UPLOADED,)),
    "GraphTransferRequested": none(A_JOB),
    "GraphTransferEnded": none(
        "An import's rows are its memory, each with the event of its birth; an export writes none."
    ),
    # accounts
    "SignedUp": Rows((E.AUDIENCE_MEMBER,), (), (T.USER_JOINED,)),
    "AccountLeaving": none("The end of the same transaction tells it: AccountErased."),
    "AccountErased": Rows((E.AUDIENCE_MEMBER, E.CREATOR)),
    "SessionsEnded": none(SECURITY),
    "SecurityEventRecorded": none(SECURITY),
    "MailQueued": none(A_JOB),
    "ExportRequested": none(A_JOB),
    "FeatureFlagChanged": none("How the house is run; the audit log keeps it."),
    "ExportFinished": none("A copy of somebody's data is theirs alone and gone after some days."),
    # marketplace
    "ProductChanged": Rows(
        (E.DIGITAL_PRODUCT, E.CREATOR),
        (C.OWNS,),
        (T.CONTENT_UPLOADED, T.CONTENT_CHANGED, T.UGC_CREATED, T.CREATOR_CREATED),
    ),
    "ReviewAnswered": Rows((), (), CHANGED),
    "AddressNeeded": none("Where somebody lives is between a buyer and a seller; the graph is read by other people."),
    "AddressGiven": none("As AddressNeeded."),
    "PaymentOpened": none("Whether it is paid is not known yet; the order's change tells it."),
    "OrderChanged": Rows((E.PAYMENT,), (C.TRANSACTED, C.PURCHASED), (T.PAYMENT_PROCESSED,)),
    "SaleMade": Rows((), (C.PURCHASED,), (T.REVENUE_GENERATED,)),
    "OrderSent": Rows((), (), (T.CONTENT_CHANGED,)),
    "TransferChanged": Rows((), (), (T.PAYMENT_PROCESSED,)),
    "LicenseChanged": Rows((), (C.OWNS,), (T.CONTENT_INTERACTED,)),
    "InvoiceIssued": Rows((E.INVOICE,), (C.TRANSACTED,), ()),
    "RefundRequested": Rows((), (), (T.PAYMENT_PROCESSED,)),
    "RefundSettled": Rows((E.PAYMENT,), (), (T.PAYMENT_PROCESSED,)),
    "SaleRefunded": Rows((), (), (T.REVENUE_GENERATED,)),
    "TransferReversed": Rows((), (), (T.PAYMENT_PROCESSED,)),
    "DisputeChanged": Rows((E.PAYMENT,), (), (T.PAYMENT_PROCESSED,)),
    "SellerConnected": none("The provider's decision about a person; the seller's account keeps it."),
    "SellerDisconnected": none("As SellerConnected."),
    "SellerAccountChanged": none(A_JOB),
    "GearChanged": Rows((E.MEDIA_ASSET,), (C.OWNS,), (T.CONTENT_UPLOADED, T.CONTENT_CHANGED)),
    "TierChanged": Rows((E.MEMBERSHIP,), (), CHANGED),
    "SubscriptionChanged": Rows(
        (E.SUBSCRIPTION, E.PAYMENT), (C.OWNS, C.MEMBER_OF), (T.SUBSCRIPTION_UPDATED, T.PAYMENT_PROCESSED)
    ),
    "SubscriberTold": none("What it tells of is remembered by SubscriptionChanged."),
    # conversations
    "ConversationChanged": Rows((E.CONVERSATION, E.LEAD), (C.PARTICIPATED_IN,), (*CHANGED, T.LEAD_CAPTURED)),
    "MessageSent": Rows((), (), (T.USER_ENGAGED, T.AGENT_COMPLETED, T.INSIGHT_GENERATED)),
    "MessageRead": none(A_READING),
    "AccessRevoked": Rows((), (C.PARTICIPATED_IN,)),
    "Typing": none(A_SIGNAL),
    "PresenceChanged": none(A_SIGNAL),
    "Notified": none("A notification is for one; what it tells of is remembered by its own fact."),
    "NotificationsRead": none(A_READING),
    "MessageChanged": Rows((), (), CHANGED),
    "ClientFilesNamed": none(A_JOB),
    "DeliveryQueued": none(A_JOB),
    "DeliveryChanged": none("How far a message came on another platform is kept with the message."),
    "PlatformAccountChanged": none("Which services somebody uses is theirs; the security log keeps it."),
    "AssistantWanted": none(A_JOB),
    "AssistantTurnEnded": Rows((E.SERVICE_AGENT,), (), (T.AGENT_COMPLETED, T.AGENT_FAILED)),
    "KnowledgeFileChanged": Rows((E.KNOWLEDGE_ITEM,), (C.OWNS,), (T.CONTENT_UPLOADED, T.CONTENT_CHANGED)),
    "TaskChanged": none("A note to oneself; the row is its memory."),
    "IntegrationChanged": none("Which services somebody uses is theirs; the security log keeps it."),
    "AnnouncementMade": Rows((E.ANNOUNCEMENT,), (), (T.CONTENT_UPLOADED,)),
    "AnnouncementWithdrawn": Rows((E.ANNOUNCEMENT,), (), CHANGED),
    # council
    "DeliberationOpened": Rows((), (), (T.USER_ENGAGED,)),
    "AdvisorAnswered": Rows((), (), (T.AGENT_EXECUTED, T.AGENT_COMPLETED)),
    "DeliberationEnded": Rows((), (), (T.AGENT_COMPLETED, T.AGENT_FAILED)),
    "ReportFiled": none("Whom somebody reports is between them and the house; the graph is read by other people."),
    "ReportResolved": none("As ReportFiled; what is done to the thing itself is told by its own fact."),
}
