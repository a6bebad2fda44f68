"""Somebody with rows in every table that holds people, all of them marked, to see where they end up."""

import secrets
from io import BytesIO

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.test import Client as Browser
from django.utils.timezone import now

from accounts.models import (
    ApiKey,
    AuditEntry,
    DataExport,
    Departure,
    EmailToken,
    Passkey,
    SecurityEvent,
    Session,
    StaffMember,
    User,
)
from accounts.queries.exports import folder
from accounts.verbs import two_factor
from accounts.verbs.clients import Client, acting_for
from accounts.verbs.email_tokens import mint
from accounts.verbs.mails import queue_mail
from accounts.verbs.privacy import opt_out
from accounts.verbs.security import record
from accounts.verbs.sessions import issue_refresh_token, open_session
from conversations.models import (
    AssistantTurn,
    ClientIdentity,
    Delivery,
    Integration,
    KnowledgeFile,
    Message,
    Passage,
    PlatformAccount,
    Task,
    WaitingReceipt,
)
from conversations.verbs.client_threads import start_thread
from conversations.verbs.messages import append_message, send_message
from conversations.verbs.notifications import notify
from conversations.verbs.presence import note_present
from council.models import AdvisorReply, Persona, Synthesis
from council.verbs.deliberations import open_deliberation
from council.verbs.personas import create_persona, revise_persona
from council.verbs.projects import create_project
from marketplace.models import (
    Difference,
    IdempotencyRecord,
    Order,
    Payment,
    Product,
    Review,
    SubscriptionTier,
    UserSubscription,
)
from marketplace.verbs import reversals, transfers
from marketplace.verbs.carts import add_to_cart
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.gear import create_gear
from marketplace.verbs.gear_documents import attach_document
from marketplace.verbs.gear_repairs import record_repair
from marketplace.verbs.licenses import give_license
from marketplace.verbs.limits import take_ai_answer
from marketplace.verbs.product_files import add_file
from ontology.models import Connection, Event, GraphTransfer
from ontology.verbs.comments import add_comment
from ontology.verbs.entities import create_entity
from ontology.verbs.files import snapshot_file, upload_file
from ontology.verbs.likes import toggle_like
from ontology.verbs.shares import share_file
from ontology.verbs.tags import create_tag
from tests.factories.accounts import UserFactory
from tests.factories.conversations import direct, room
from tests.factories.live import stream_of
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order
from tests.factories.reports import reported
from tests.factories.social import post_of, track_of
from tests.factories.subscriptions import TierFactory, subscribed

MARK = "zq7"
"""Stands in all that was typed by the one who leaves, and nowhere else."""
IP = "203.0.113.77"
AGENT = f"Mozilla/5.0 ({MARK})"


def marked(words: str) -> str:
    return f"{MARK} {words}"


def lived(other: User) -> User:
    """A person with a row everywhere; `other` is whom they dealt with, and keeps what is theirs."""
    tier: SubscriptionTier = TierFactory.create()  # not their doing
    with acting_for(Client(ip=IP, user_agent=AGENT, source="veza")):
        user: User = UserFactory.create(
            email=f"{MARK}@example.com", name=marked("Name"), username=f"{MARK}.user", company=marked("Company")
        )
        User.objects.filter(pk=user.pk).update(bio=marked("bio"))
        user.refresh_from_db()
        user.image.save(f"{user.pk}.png", ContentFile(marked("picture").encode()))
        sign_in_everywhere(user)
        leave_traces(user)
        make_things(user)
        publish_things(user, other)
        trade(user, other)
        subscribe_to_something(user, tier)
        own_gear(user)
        talk(user, other)
        serve_clients(user)
        ask(user, other)
    report_and_be_reported(user, other)
    User.objects.filter(pk=user.pk).update(role="support", is_staff=True)
    user.refresh_from_db()
    return user


def sign_in_everywhere(user: User) -> None:
    client = Client(ip=IP, user_agent=AGENT)
    issue_refresh_token(session=open_session(user=user, style=Session.Style.VEZA, client=client))
    Browser(headers={"User-Agent": AGENT}, REMOTE_ADDR=IP).force_login(
        user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    mint(EmailToken.Purpose.RESET, user, user.email)
    two_factor.set_up(user=user)
    two_factor.confirm(user=user)
    ApiKey.objects.create(user=user, name=marked("key"), prefix="veza_sk_abcd", key_hash=secrets.token_hex(32))
    Passkey.objects.create(user=user, name=marked("phone"), credential_id=secrets.token_hex(), public_key=b"key")
    address = EmailAddress.objects.get(user=user)
    EmailConfirmation.objects.create(email_address=address, key=secrets.token_hex(), sent=now())
    app = SocialApp.objects.create(provider="github", name="GitHub", client_id="id", secret="x")
    account = SocialAccount.objects.create(user=user, provider="github", uid="77", extra_data={"login": MARK})
    SocialToken.objects.create(app=app, account=account, token=marked("token"))


def leave_traces(user: User) -> None:
    queue_mail(template="account/verify", to=user.email, user=user, name=user.name)
    opt_out(user=user, do_not_sell=True)
    folder().mkdir(mode=0o700, exist_ok=True)
    export = DataExport.objects.create(user=user, status="ready", expires_at=now(), error=marked("error"))
    DataExport.objects.filter(pk=export.pk).update(path=f"{export.pk}.zip")
    (folder() / f"{export.pk}.zip").write_text(marked("archive"))
    Departure.objects.create(user=user, requested_by=user, due_at=now(), cancelled_at=now())
    record(SecurityEvent.Type.NEW_DEVICE, user=user, details=marked("device"), context=MARK)
    AuditEntry.objects.create(user=user, method="POST", action="/x", resource="x", ip=IP, user_agent=AGENT, status=200)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=user,
        content_type=kind,
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=CHANGE,
        change_message=MARK,
    )
    StaffMember.objects.create(user=user)
    user.groups.add(Group.objects.create(name="reviewers"))
    user.user_permissions.add(Permission.objects.earliest("pk"))


def make_things(user: User) -> None:
    thing = create_entity(type="blog_post", name=marked("post"), properties={"text": marked("body")}, by=user)
    create_tag(entity_id=thing.pk, key="topic", value=MARK, by=user)
    Event.objects.filter(target=thing).update(metadata={"said": marked("event")})
    Connection.objects.filter(to_entity=thing).update(metadata={"note": marked("connection")})


def publish_things(user: User, other: User) -> None:
    post = post_of(user, marked("said to all"))
    theirs = post_of(other)
    toggle_like(entity_id=theirs.pk, by=user)
    add_comment(entity_id=theirs.pk, content=marked("comment"), by=user)
    add_comment(entity_id=post.pk, content="Well said.", by=other)
    track_of(user, marked("track"))
    stream_of(user, marked("stream"))
    file = upload_file(content=BytesIO(marked("file").encode()), name=f"{MARK}.txt", by=user)
    snapshot_file(file_id=file.pk, by=user)
    share_file(file_id=file.pk, by=user)
    GraphTransfer.objects.create(user=user, kind=GraphTransfer.Kind.EXPORT, error=MARK)


def trade(user: User, other: User) -> None:
    product: Product = ProductFactory.create(
        by=user, title=marked("song"), description=marked("sound"), price_cents=1000
    )
    product.cover.save("cover.webp", ContentFile(marked("cover").encode()))
    product.preview.save("preview.mp3", ContentFile(marked("preview").encode()))
    connect(user)
    sold = paid_order(by=other, product=product)
    for key in transfers.transfers_due_for(seller_id=user.pk):
        transfers.attempt_transfer(transfer_id=key)
    bought = paid_order(by=user, product=ProductFactory(by=other, title="A plain thing"))
    Order.objects.filter(pk=bought.pk).update(reason="")
    Payment.objects.filter(order=bought).update(client_secret=marked("secret"))
    Order.objects.filter(pk=bought.pk).update(billing={"name": marked("payer")}, shipping={"line1": marked("street")})
    add_to_cart(product_id=bought.lines.get().product_id, by=user)
    give_some_back(user, sold, bought)
    line = bought.lines.get()
    Review.objects.create(product=line.product, buyer=user, order=bought, rating=4, comment=marked("review"))
    add_file(product_id=product.pk, content=BytesIO(marked("stems").encode()), name=f"{MARK}.txt", by=user)
    give_license(product_id=product.pk, to=other.email, note=marked("gift"), by=user)
    IdempotencyRecord.objects.create(
        user=user, route="orders", key=MARK, fingerprint="x", answer={"said": marked("answer")}, order=bought
    )


def give_some_back(user: User, sold: Order, bought: Order) -> None:
    """As a seller, from a transfer that was sent; and as a buyer, whose bank asked for it as well."""
    given_back(sold, amount_cents=100, by=user, reason=marked("reason"))
    for key in reversals.reversals_due():
        reversals.attempt_reversal(reversal_id=key)
    given_back(bought, reason=marked("reason"), details=marked("details"))
    apply_dispute(provider_id=bought.payments.get().provider_id, dispute="won", dispute_id="dp_1")
    Difference.objects.create(kind="day_total", reference="payments:2026-02-23", resolved_by=user, resolved_at=now())


def subscribe_to_something(user: User, tier: SubscriptionTier) -> None:
    subscription = subscribed(user, tier)
    UserSubscription.objects.filter(pk=subscription.pk).update(saved_method=marked("card"))
    Payment.objects.filter(charge__subscription=subscription).update(
        saved_method=marked("card"), client_secret=marked("secret")
    )
    take_ai_answer(user)


def own_gear(user: User) -> None:
    gear = create_gear(name=marked("viola"), serial_number=MARK, notes=marked("bow"), by=user)
    day = now().date()
    record_repair(gear_id=gear.pk, repair_date=day, description=marked("pegs"), cost_cents=8500, provider=MARK, by=user)
    attach_document(gear_id=gear.pk, content=BytesIO(marked("paid").encode()), name=f"{MARK}.txt", by=user)


def talk(user: User, other: User) -> None:
    shared = room(user, other, title="A shared room")
    alone = room(user, title=marked("room"))
    for conversation in (shared, alone, direct(user, other)):
        send_message(conversation_id=conversation.pk, content=marked("message"), client_id=MARK, by=user)
    send_message(conversation_id=shared.pk, content="An answer", by=other)
    notify(user_id=user.pk, key=MARK, title=marked("news"), text=marked("text"), url=f"/{MARK}/")
    note_present(places=[(shared.pk, user.pk)])


def serve_clients(user: User) -> None:
    """A page of theirs on a platform, a client who wrote there, and what helps to answer."""
    account = PlatformAccount.objects.create(
        platform="facebook",
        external_id=f"{MARK}-page",
        name=marked("page"),
        owner=user,
        access_token={"token": marked("token")},
        problem=marked("problem"),
    )
    thread = start_thread(
        platform="facebook", owner=user, account=account, client_name=marked("client"), client_company=marked("firm")
    )
    ClientIdentity.objects.create(account=account, kind="psid", value=f"{MARK}-client", thread=thread)
    wrote = append_message(
        conversation=thread.conversation, role=Message.Role.CLIENT, content=marked("question of a client")
    )
    Delivery.objects.create(message=wrote, account=account, external_id=f"{MARK}-m", status="received")
    WaitingReceipt.objects.create(account=account, external_id=f"{MARK}-w", status="read")
    AssistantTurn.objects.create(
        conversation=thread.conversation, upto_seq=1, status="dropped", passages=[{"text": marked("passage")}]
    )
    file = KnowledgeFile(
        user=user, file_name=f"{MARK}.txt", file_size=5, file_type="txt", sha256="0", content=marked("knowledge")
    )
    file.file.save("known.txt", ContentFile(marked("knowledge").encode()))
    Passage.objects.create(file=file, user=user, position=0, text=marked("passage"), digest="0")
    Integration.objects.create(
        user=user, type="slack", config={"bot_token": marked("token")}, test_message=marked("tested")
    )
    Task.objects.create(user=user, description=marked("task"), client_name=marked("client"))


def ask(user: User, other: User) -> None:
    project = create_project(
        name=marked("project"), description=marked("why"), is_shared=True, member_ids=[other.pk], by=user
    )
    persona = create_persona(by=user, name=marked("advisor"), role=MARK, system_prompt=marked("prompt"))
    revise_persona(persona_id="persona_sage", by=user, name=marked("sage"))
    deliberation = open_deliberation(question=marked("question"), project_id=project.pk, by=user)
    conversation = deliberation.conversation
    said = append_message(conversation=conversation, role=Message.Role.ADVISOR, content=marked("advice"))
    AdvisorReply.objects.create(
        deliberation=deliberation,
        persona=persona,
        message=said,
        advisor_name=persona.name,
        advisor_role=MARK,
        model_id="m",
    )
    summed = append_message(conversation=conversation, role=Message.Role.SYNTHESIS, content=marked("sum"))
    Synthesis.objects.create(deliberation=deliberation, message=summed, body={"text": marked("sum")}, model_id="m")
    assert Persona.objects.filter(owner=user).count() == 1


def report_and_be_reported(user: User, other: User) -> None:
    reported("user", other, by=user, reason=marked("reason"))
    reported("track", user.tracks.get(), by=other, reason="Not theirs")
