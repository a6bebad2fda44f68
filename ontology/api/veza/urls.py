"""Document veza.txt: tracks, social, live streaming, cloud files, tags, uploads; decisions.md §5 for the rest."""

from django.urls import path

from ontology.api.veza.comments import Comments
from ontology.api.veza.feed import Feed
from ontology.api.veza.files import Files
from ontology.api.veza.follows import Follows
from ontology.api.veza.ingest import Ingest
from ontology.api.veza.likes import Likes
from ontology.api.veza.live_streams import LiveStreams, StreamKeys
from ontology.api.veza.posts import Posts
from ontology.api.veza.shares import Shares
from ontology.api.veza.tags import Tags
from ontology.api.veza.track_comments import TrackComments
from ontology.api.veza.track_likes import TrackLikes
from ontology.api.veza.tracks import Tracks
from ontology.api.veza.uploads import Uploads

FILE = "api/v1/cloud/files/<str:file_id>"

TRACK = "api/v1/tracks/<str:track_id>"

urlpatterns = [
    path("api/v1/tracks", Tracks.as_view({"get": "list", "post": "create"})),
    path("api/v1/tracks/search", Tracks.as_view({"get": "search"})),
    path(TRACK, Tracks.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path(f"{TRACK}/stream", Tracks.as_view({"get": "stream"})),
    path(f"{TRACK}/like", TrackLikes.as_view({"post": "create", "delete": "remove"})),
    path(f"{TRACK}/comments", TrackComments.as_view({"get": "list", "post": "create"})),
    path("api/v1/social/feed", Feed.as_view({"get": "list"})),
    path("api/v1/social/explore", Feed.as_view({"get": "explore"})),
    path("api/v1/social/trending", Feed.as_view({"get": "trending"})),
    path("api/v1/social/posts", Posts.as_view({"post": "create"})),
    path("api/v1/social/posts/<str:post_id>", Posts.as_view({"get": "retrieve", "delete": "remove"})),
    path("api/v1/social/posts/<str:post_id>/comments", Comments.as_view({"get": "list"})),
    path("api/v1/social/like", Likes.as_view({"post": "toggle"})),
    path("api/v1/social/comments", Comments.as_view({"post": "create"})),
    path("api/v1/social/comments/<str:comment_id>", Comments.as_view({"delete": "remove"})),
    path("api/v1/users/<str:user_id>/follow", Follows.as_view({"post": "create", "delete": "remove"})),
    path("api/v1/cloud/files", Files.as_view({"get": "list", "post": "create"})),
    path(FILE, Files.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path(f"{FILE}/download", Files.as_view({"get": "download"})),
    path(f"{FILE}/versions", Files.as_view({"get": "list_versions", "post": "snapshot"})),
    path(f"{FILE}/restore/<str:version>", Files.as_view({"post": "restore"})),
    path(f"{FILE}/share", Shares.as_view({"post": "create"})),
    path(f"{FILE}/shares", Shares.as_view({"get": "list"})),
    path(f"{FILE}/shares/<str:share_id>", Shares.as_view({"delete": "revoke"})),
    path("api/v1/cloud/shared/<str:token>", Shares.as_view({"get": "retrieve"})),
    path("api/v1/cloud/shared/<str:token>/download", Shares.as_view({"get": "download"})),
    path("api/v1/tags/suggest", Tags.as_view({"get": "suggest"})),
    path("api/v1/upload/limits", Uploads.as_view({"get": "limits"})),
    path("api/v1/upload/validate-type", Uploads.as_view({"get": "validate_type"})),
    path("api/v1/live/streams", LiveStreams.as_view({"get": "list", "post": "create"})),
    path("api/v1/live/streams/me", LiveStreams.as_view({"get": "list_mine"})),
    path("api/v1/live/streams/me/key", StreamKeys.as_view({"get": "retrieve"})),
    path("api/v1/live/streams/me/key/regenerate", StreamKeys.as_view({"post": "regenerate"})),
    path(
        "api/v1/live/streams/<str:stream_id>",
        LiveStreams.as_view({"get": "retrieve", "put": "update", "delete": "remove"}),
    ),
    path("api/v1/live/ingest/nginx-rtmp", Ingest.as_view({"post": "nginx"})),
    path("api/v1/live/ingest/mediamtx/auth", Ingest.as_view({"post": "mediamtx_auth"})),
    path("api/v1/live/ingest/mediamtx/ready", Ingest.as_view({"post": "mediamtx_ready"})),
    path("api/v1/live/ingest/mediamtx/not-ready", Ingest.as_view({"post": "mediamtx_not_ready"})),
    path("api/v1/live/ingest/mediamtx/recorded", Ingest.as_view({"post": "mediamtx_recorded"})),
]
