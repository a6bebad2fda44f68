import pytest

from config.caches import RedisOrLocalCache


@pytest.fixture
def cache(monkeypatch):
    """A cache whose Redis is not there."""
    monkeypatch.setattr(RedisOrLocalCache, "away_until", 0.0)
    return RedisOrLocalCache("redis://127.0.0.1:9/0", {})


class TestRedisOrLocalCache:
    def test_counts_and_keeps_by_itself_while_redis_is_away(self, cache):
        cache.clear()

        assert cache.add("uses", 0, timeout=60)
        assert [cache.incr("uses"), cache.incr("uses"), cache.get("uses")] == [1, 2, 2]
        assert cache.get_or_set("made", lambda: "once", 60) == "once"
        assert cache.get_many(["uses", "made", "missing"]) == {"uses": 2, "made": "once"}
        assert cache.delete("made")
        assert cache.get("made", "gone") == "gone"

    def test_does_not_ask_a_redis_that_was_just_away_at_each_call(self, cache, monkeypatch):
        asked = []
        monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *a, **k: asked.append(a))
        cache.set("a", 1)

        assert cache.get("a") == 1
        assert asked == []
