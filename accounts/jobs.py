from celery import shared_task

from accounts.verbs import audit, departures, exports, housekeeping, mails

BEAT = {
    "forget_dead_rows": ("accounts.jobs.forget_dead_rows", 86_400),
    "deliver_mails": ("accounts.jobs.deliver_mails", 30),
    "forget_mails": ("accounts.jobs.forget_mails", 86_400),
    "forget_audit": ("accounts.jobs.forget_audit", 86_400),
    "assemble_exports": ("accounts.jobs.assemble_exports", 60),
    "forget_exports": ("accounts.jobs.forget_exports", 3600),
    "erase_accounts": ("accounts.jobs.erase_accounts", 60),
}


@shared_task
def deliver_mail(*, id: str) -> None:
    mails.deliver_mail(mail_id=id)


@shared_task
def deliver_mails() -> None:
    """The sweep: what a killed worker or a mail server that was away left behind."""
    for mail_id in mails.waiting_mails():
        mails.deliver_mail(mail_id=mail_id)


@shared_task
def forget_mails() -> None:
    mails.forget_old_mails()


@shared_task
def forget_audit() -> None:
    audit.forget_old_entries()


@shared_task
def assemble_export(*, id: str) -> None:
    exports.assemble_export(export_id=id)


@shared_task
def assemble_exports() -> None:
    """The sweep: what was put off, or left by a worker that was killed."""
    for export_id in exports.waiting_exports():
        assemble_export.delay(id=str(export_id))


@shared_task
def forget_exports() -> None:
    exports.forget_expired_exports()


@shared_task
def erase_account(*, id: str) -> None:
    departures.erase(departure_id=id)


@shared_task
def erase_accounts() -> None:
    for departure_id in departures.due_departures():
        erase_account.delay(id=str(departure_id))


@shared_task
def forget_dead_rows() -> None:
    housekeeping.forget_dead_rows()
