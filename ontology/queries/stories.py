"""What the graph remembers, in the words of people: one line for each event. Names of kinds and relations: `words`."""

from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from config.money import Money, is_amount
from ontology.queries.words import plain

# By what the event says it was about, then by its type. {amount} is the event's money, {rating} its rating.
SAID = {
    "message_sent": ("Wrote a message", "message"),
    "conversation_opened": ("Opened the conversation", "rooms"),
    "conversation_deleted": ("Deleted the conversation", "rooms"),
    "conversation_renamed": ("Renamed the conversation", "rooms"),
    "conversation_closed": ("Closed the conversation", "lock"),
    "conversation_reopened": ("Opened the conversation again", "rooms"),
    "conversation_participant_added": ("Let somebody in", "users"),
    "conversation_participant_removed": ("Somebody left", "leave"),
    "council_asked": ("Asked the council", "council"),
    "council_synthesis": ("The council answered", "council"),
    "council_done": ("The council answered", "council"),
    "council_stopped": ("Stopped the council", "stop"),
    "council_error": ("The council could not answer", "warning"),
    "persona_created": ("Wrote an advisor", "council"),
    "persona_changed": ("Rewrote an advisor", "edit"),
    "persona_deleted": ("Removed an advisor", "trash"),
    "project_created": ("Began a project", "council"),
    "project_deleted": ("Removed a project", "trash"),
    "archived": ("Took it off the market", "box"),
    "post_published": ("Posted", "message"),
    "uploaded": ("Uploaded it", "upload"),
    "post_removed": ("Deleted the post", "trash"),
    "liked": ("Liked it", "heart"),
    "like_taken_back": ("Took the like back", "heart"),
    "commented": ("Commented", "message"),
    "comment_removed": ("A comment was removed", "trash"),
    "followed": ("Began to follow", "follow"),
    "unfollowed": ("Stopped following", "follow"),
    "stream_created": ("Announced a live stream", "play"),
    "stream_changed": ("Changed the live stream", "edit"),
    "stream_new_key": ("Made a new stream key", "key"),
    "stream_deleted": ("Deleted the live stream", "trash"),
    "stream_went_live": ("Went on air", "play"),
    "stream_ended": ("Went off air", "stop"),
    "stream_recorded": ("A recording is there", "play"),
}
TOLD = {
    "user_joined": ("Joined Stoa", "user"),
    "creator_created": ("Became a creator", "user"),
    "creator_updated": ("Changed the profile", "user"),
    "content_uploaded": ("Published", "box"),
    "content_changed": ("Changed", "edit"),
    "ugc_created": ("Reviewed it: {rating} of 5", "star"),
    "user_engaged": ("Took part", "rooms"),
    "payment_processed": ("Paid {amount}", "wallet"),
    "revenue_generated": ("Sold for {amount} after fees", "receipt"),
    "agent_created": ("Took a seat in the council", "council"),
    "agent_executed": ("Began to answer", "council"),
    "agent_completed": ("Answered", "council"),
    "agent_failed": ("Could not answer", "warning"),
    "insight_generated": ("The council answered", "council"),
    "content_interacted": ("Spent time with it", "eye"),
    "comment_posted": ("Commented", "message"),
    "clone_created": ("Made an AI clone", "persona"),
    "course_created": ("Published a course", "file"),
    "course_enrolled": ("Enrolled", "follow"),
    "lesson_completed": ("Finished a lesson", "check"),
    "course_completed": ("Finished the course", "check"),
    "certificate_earned": ("Earned a certificate", "star"),
    "governance_vote": ("Voted", "scale"),
    "subscription_updated": ("Changed the subscription", "refresh"),
    "livestream_status_changed": ("The live stream changed", "play"),
    "notification_delivered": ("Was told", "bell"),
    "lead_captured": ("Showed interest", "flag"),
}
PAYOUT = ("Was paid out {amount}", "payout")
MANY = {"Wrote a message": "Wrote {count} messages"}
# What an entity made by hand says of itself, where its type alone would only say that it changed.
DONE = {
    "created": ("Added", "plus"),
    "updated": ("Changed", "edit"),
    "deleted": ("Deleted", "trash"),
    "imported": ("Imported", "plus"),
    "tagged": ("Tagged it", "tag"),
    "untagged": ("Took a tag off", "tag"),
    "connected": ("Connected it", "graph"),
    "disconnected": ("Took a connection off", "graph"),
}


def line(row: dict[str, Any]) -> tuple[str, str]:
    """(what happened, icon) of one row of `explorer.history`."""
    known = row["metadata"] if isinstance(row["metadata"], dict) else {}
    if not row["is_kept"]:
        # Written by hand, as anybody may: it is told as their word, and never as what Stoa saw happen.
        return f"Noted: {plain(row['type'])}", "edit"
    if row["type"] == "payment_processed" and "transfer_id" in known:
        words, icon = PAYOUT
    else:
        said = SAID.get(str(known.get("what"))) or DONE.get(str(known.get("action")))
        words, icon = said or TOLD.get(row["type"], (plain(row["type"]).capitalize(), "clock"))
    amount: Any = known.get("net_cents", known.get("amount_cents"))
    if "{amount}" in words and not (is_amount(amount) and isinstance(known.get("currency"), str)):
        return plain(row["type"]).capitalize(), icon
    if "{rating}" in words and type(known.get("rating")) is not int:
        return "Wrote about it", icon
    money = Money(amount, known["currency"]) if "{amount}" in words else ""
    return words.format(amount=money, rating=known.get("rating")), icon


def told(rows: list[dict[str, Any]], here: UUID) -> list[dict[str, Any]]:
    """Items of the timeline piece, from where the reader stands; the same done again in a row is said once."""
    items = []
    for row in rows:
        title, icon = line(row)
        side = "target" if row["actor_id"] == here else "actor"
        is_alone = row["target_id"] is None or row["actor_id"] == row["target_id"]
        items.append({
            "title": title, "icon": icon, "at": row["timestamp"],
            "text": "" if is_alone else row[f"{side}_name"],
            "url": "" if is_alone else f"/graph/{row[f'{side}_id']}/",
        })  # fmt: skip
    return [_once(list(same)) for _, same in groupby(items, key=itemgetter("title", "url"))]


def _once(same: list[dict[str, Any]]) -> dict[str, Any]:
    first = same[0]
    if len(same) == 1 or first["title"] not in MANY:
        return first
    return {**first, "title": MANY[first["title"]].format(count=len(same))}
