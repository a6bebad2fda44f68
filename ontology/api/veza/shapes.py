"""Posts, comments and people as Veza's clients see them."""

from typing import Any

from rest_framework import serializers

from config.dialects.fields import iso_z
from config.paging import Page, whole_number


class PersonOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    username = serializers.CharField(allow_null=True)
    avatar_url = serializers.CharField(allow_null=True)


class PostTrackOut(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    artist = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True)


class PostOut(serializers.Serializer):
    id = serializers.CharField()
    author = PersonOut()
    content = serializers.CharField()
    image_url = serializers.CharField(allow_null=True)
    image_alt = serializers.CharField(help_text="what the picture shows, in its author's words")
    track_id = serializers.CharField(allow_null=True)
    track = PostTrackOut(allow_null=True, help_text="null also where the track is not published any more")
    like_count = serializers.IntegerField()
    comment_count = serializers.IntegerField()
    is_liked = serializers.BooleanField(help_text="whether the caller likes it")
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True, help_text="when its author last changed it")


class CommentOut(serializers.Serializer):
    id = serializers.CharField()
    entity_id = serializers.CharField(help_text="what it is about: a post, a track")
    author = PersonOut()
    content = serializers.CharField()
    at_ms = serializers.IntegerField(allow_null=True, help_text="the moment of a recording it speaks of")
    created_at = serializers.DateTimeField()


class CursorIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=200)


class PostsOut(serializers.Serializer):
    posts = PostOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class CommentsOut(serializers.Serializer):
    comments = CommentOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class Done(serializers.Serializer):
    message = serializers.CharField()


def post_out(row: dict[str, Any]) -> dict[str, Any]:
    track = row["track"]
    return {
        "id": row["id"],
        "author": row["author"],
        "content": row["content"],
        "image_url": row["image_url"] or None,
        "image_alt": row["image_alt"],
        "track_id": row["track_id"],
        "track": track and {name: track[name] for name in ("id", "title", "artist", "duration_ms")},
        "like_count": row["like_count"],
        "comment_count": row["comment_count"],
        "is_liked": row["is_liked"],
        "created_at": iso_z(row["created_at"]),
        "edited_at": iso_z(row["edited_at"]) if row["edited_at"] else None,
    }


def comment_out(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("id", "entity_id", "author", "content", "at_ms")}
    return {**kept, "created_at": iso_z(row["created_at"])}


def asked(request: Any) -> dict[str, Any]:
    """`cursor` and `limit` of a list."""
    query = request.query_params
    return {"cursor": query.get("cursor"), "limit": whole_number(query, "limit", default=20, least=1, most=100)}


def posts_out(page: Page) -> dict[str, Any]:
    return {"posts": [post_out(row) for row in page.items], **rest_of(page)}


def comments_out(page: Page) -> dict[str, Any]:
    return {"comments": [comment_out(row) for row in page.items], **rest_of(page)}


def rest_of(page: Page) -> dict[str, Any]:
    return {"next_cursor": page.next_cursor, "has_more": page.has_more}
