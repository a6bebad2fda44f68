"""Advice and decisions: projects, personas and the council of three advisors.

A question put to the council opens a `Deliberation` in a conversation of its own. A job asks the Sage, the Skeptic and
the Strategist one after the other, saves every answer as it grows (`AdvisorReply` beside the conversation's `Message`)
and closes with a `Synthesis`. Doors only follow the saved rows, so a lost connection, a reload or a killed worker
costs nothing. The outside world is one gateway, `gateways/language_model.py`.

This app stands on all others and nothing stands on it.

2026-11, one job a deliberation: a council takes longer than a connection can be trusted to live, so the answers are
made by a worker and the stream is a reader. The price is a short delay between a saved answer and its event.
"""
