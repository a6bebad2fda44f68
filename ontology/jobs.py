from uuid import UUID

from celery import shared_task

from ontology.verbs import files, posts, tag_names, tracks, transfers, waveforms
from ontology.verbs.changes import forget_old_changes
from ontology.verbs.ingest import end_silent_streams as end_silent

BEAT = {
    "run_graph_transfers": ("ontology.jobs.run_graph_transfers", 30),
    "forget_graph_transfers": ("ontology.jobs.forget_graph_transfers", 86_400),
    "forget_changes": ("ontology.jobs.forget_changes", 3600),
    "sweep_files": ("ontology.jobs.sweep_files", 3600),
    "sweep_contents": ("ontology.jobs.sweep_contents", 6 * 3600),
    "end_silent_streams": ("ontology.jobs.end_silent_streams", 30),
    "recount_tags": ("ontology.jobs.recount_tags", 24 * 3600),
    "sweep_waveforms": ("ontology.jobs.sweep_waveforms", 60),
    "sweep_sounds": ("ontology.jobs.sweep_sounds", 6 * 3600),
    "sweep_pictures": ("ontology.jobs.sweep_pictures", 6 * 3600),
}


@shared_task
def forget_changes() -> None:
    forget_old_changes()


@shared_task
def remove_file(file_id: str) -> None:
    files.remove_file(file_id=UUID(file_id))


@shared_task
def sweep_files() -> None:
    """Deleted files whose time to be removed for good has come."""
    for file_id in files.files_to_remove():
        remove_file.delay(str(file_id))


@shared_task
def sweep_contents() -> None:
    """What lies in the store or among incoming uploads and belongs to nothing."""
    files.sweep_contents()
    files.sweep_incoming()


@shared_task
def recount_tags() -> None:
    tag_names.recount_tags()


@shared_task
def run_graph_transfer(*, id: str) -> None:
    transfers.run_transfer(transfer_id=UUID(id))


@shared_task
def run_graph_transfers() -> None:
    """The sweep: what was never begun, or left by a worker that is gone."""
    for transfer_id in transfers.waiting_transfers():
        run_graph_transfer.delay(id=str(transfer_id))


@shared_task
def forget_graph_transfers() -> None:
    transfers.forget_old_transfers()


@shared_task
def draw_waveform(track_id: str) -> None:
    waveforms.draw_waveform(track_id=UUID(track_id))


@shared_task
def sweep_waveforms() -> None:
    """Waveforms whose job was lost or died."""
    for track_id in waveforms.sweep_waveforms():
        draw_waveform.delay(str(track_id))


@shared_task
def sweep_sounds() -> None:
    """Recordings and covers that belong to no track any more."""
    tracks.sweep_sounds()


@shared_task
def sweep_pictures() -> None:
    """Pictures that belong to no post any more."""
    posts.sweep_pictures()


@shared_task
def end_silent_streams() -> None:
    """Streams whose end was lost on its way from the ingest server."""
    end_silent()
