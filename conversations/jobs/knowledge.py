from celery import shared_task

from conversations.verbs import extraction, knowledge

BEAT = {
    "extract_all": ("conversations.jobs.knowledge.extract_all", 30),
    "sweep_knowledge_contents": ("conversations.jobs.knowledge.sweep_knowledge_contents", 6 * 3600),
}


@shared_task
def extract(*, file_id: str) -> None:
    extraction.extract(file_id=file_id)


@shared_task
def extract_all() -> None:
    """The sweep: files whose job was lost or died."""
    for file_id in extraction.files_to_extract():
        extract.delay(file_id=str(file_id))


@shared_task
def sweep_knowledge_contents() -> None:
    knowledge.sweep_knowledge_contents()
