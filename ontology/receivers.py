"""When this happened, do that."""

from ontology import jobs
from ontology.changes import receives
from ontology.facts import GraphTransferRequested, TrackUploaded


@receives(GraphTransferRequested)
def run_graph_transfer(fact, **_):
    jobs.run_graph_transfer.delay(id=str(fact.transfer_id))


@receives(TrackUploaded)
def draw_waveform(fact):
    jobs.draw_waveform.delay(str(fact.track_id))
