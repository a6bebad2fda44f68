"""What Django's and allauth's own signals mean here."""

from allauth.account.signals import password_changed, password_set
from django.contrib.auth import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts import jobs
from accounts.facts import ExportRequested, FeatureFlagChanged, MailQueued
from accounts.models import Session, User
from accounts.queries.feature_flags import forget_flags
from accounts.verbs.clients import Client
from accounts.verbs.registration import remember_user
from accounts.verbs.sessions import end_sessions, open_session, restamp
from accounts.verbs.staff import note_superuser
from ontology.changes import receives


@receiver(post_save, sender=User)
def remember_superuser(instance, created, raw=False, **_):
    """`manage.py createsuperuser` knows no verbs; whoever it makes is somebody in the graph all the same."""
    if created and instance.is_superuser and not raw and not instance.entities.filter(pk=instance.pk).exists():
        remember_user(instance)
        note_superuser(instance)


@receiver(user_logged_in)
def open_web_session(request, user, **_):
    """Every cookie sign-in (pages, admin, Better Auth) gets its row here, whoever called `login`."""
    client = Client(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
    session = open_session(
        user=user,
        style=getattr(request, "sign_in_style", Session.Style.WEB),
        client=client,
        device=getattr(user, "otp_device", None),
    )
    request.session["sid"] = str(session.pk)
    request.session_row = session


@receiver(user_logged_out)
def end_web_session(request, user, **_):
    if sid := request.session.get("sid"):
        end_sessions(sessions=Session.objects.filter(pk=sid), reason="signed-out")


@receiver([password_changed, password_set])
def keep_this_session(request, user, **_):
    if sid := request.session.get("sid"):
        restamp(session_id=sid, user=user)


@receives(MailQueued)
def send_it(fact):
    jobs.deliver_mail.delay(id=str(fact.mail_id))


@receives(ExportRequested)
def make_the_copy(fact):
    jobs.assemble_export.delay(id=str(fact.export_id))


@receives(FeatureFlagChanged)
def ask_anew(fact):
    """Where it was switched it is so at once; other processes look again within seconds."""
    forget_flags()
