"""`make bench`: what reads of the graph cost at 100,000 entities against 1,000, as ratios. Not a test: nothing fails by time.

Asked over the wire's own code, in this process. A number is the best of some rounds, in CPU time of this process on SQLite;
on PostgreSQL, which works in a process of its own, in time that passed. Beside each call one is made that asks nothing
of the graph, and the ratio is corrected by what became of that one meanwhile: the machine has others to serve.
"""

import io
import json
import os
import random
import time

import django

from tests import environment

FEW, MANY = 1_000, 100_000
ROUNDS, CALLS = 7, 60
MOST = 1.2
WORDS = [f"{start}{end}" for start in ("har", "sea", "mon", "lig", "sno", "riv", "ten", "qui", "blu", "gre") for end in
         ("bour", "side", "tain", "hts", "wy", "er", "or", "et", "ish", "en", "ling", "ful", "less", "ward", "ly", "ness", "ton", "by", "ham", "ford")]  # fmt: skip
TYPES = ("blog_post", "video", "course", "token")


def lines(start, end):
    """Entities as they are in life: four types, drafts among them, every third with a tag and a connection."""
    for n in range(start, end):
        some = random.Random(n)
        key = f"0190b7a2-6f2c-7000-8000-{n:012x}"
        yield {
            "kind": "entity", "_id": key, "type": TYPES[n % 4], "name": f"{' '.join(some.sample(WORDS, 3))} common n{n}",
            "properties": {"about": " ".join(some.choices(WORDS, k=20)), "price": n}, "createdAt": 1705334400000 + n * 1000,
            "status": "draft" if n % 10 == 3 else "published" if n % 2 else "active",
        }  # fmt: skip
        if n % 3:
            continue
        yield {"kind": "tag", "entityId": key, "key": "industry", "value": "fitness" if n % 2 else f"v{n % 50}"}
        if n:
            other = f"0190b7a2-6f2c-7000-8000-{some.randrange(n):012x}"
            yield {"kind": "connection", "fromEntityId": key, "toEntityId": other, "relationshipType": "references"}


def import_all(user, start, end):
    from ontology.verbs.transfers import request_import, run_transfer  # noqa: PLC0415 -- the settings are read above

    raw = b"".join(json.dumps(line).encode() + b"\n" for line in lines(start, end))
    began, cpu = time.perf_counter(), time.process_time()
    transfer = request_import(user=user, content=io.BytesIO(raw))
    run_transfer(transfer_id=transfer.pk)
    transfer.refresh_from_db()
    assert transfer.status == "done", transfer.error
    print(
        f"imported {transfer.total_lines:,} lines with {end - start:,} entities in {time.perf_counter() - began:.0f} s,"
        f" {time.process_time() - cpu:.0f} s of them CPU of this process"
    )


def questions(size):
    """(name, path, a function that gives the query of one call)."""
    some = random.Random(size)

    def any_id():
        return f"0190b7a2-6f2c-7000-8000-{some.randrange(size):012x}"

    return (
        ("entities/get", "/entities/get", lambda: {"id": any_id()}),
        ("entities/list", "/entities/list", lambda: {"type": some.choice(TYPES)}),
        ("entities/list by status", "/entities/list", lambda: {"type": "video", "status": "published"}),
        ("entities/list, drafts of others", "/entities/list", lambda: {"type": "token", "status": "draft"}),
        ("connections/get", "/connections/get", lambda: {"entityId": any_id()}),
        ("events/getHistory", "/events/getHistory", lambda: {"limit": 20}),
        ("events/getHistory of one", "/events/getHistory", lambda: {"entityId": any_id(), "limit": 20}),
        ("tags/get", "/tags/get", lambda: {"entityId": any_id()}),
        ("tags/search", "/tags/search", lambda: {"key": "industry", "value": "fitness", "limit": 20}),
    )


def searches(size):
    some = random.Random(size)
    return (
        ("search, one word of a name", lambda: {"words": f"n{some.randrange(size)}"}),
        ("search, a word of all", lambda: {"words": "common"}),
        ("search, a word of all and a type", lambda: {"words": "common", "type": "course"}),
        ("search, two words", lambda: {"words": f"{some.choice(WORDS)} {some.choice(WORDS)[:5]}"}),
        ("search, a beginning", lambda: {"words": "har"}),
        ("explorer, newest of all types", dict),
    )


def best(call, other, clock):
    """Seconds that the call takes and that the other takes, each of the round in which it took least."""
    call()
    took = {call: [], other: []}
    for _ in range(ROUNDS):
        for each, rounds in took.items():
            began = clock()
            for _ in range(CALLS):
                each()
            rounds.append((clock() - began) / CALLS)
    return min(took[call]), min(took[other])


def measure(size, who, caller, clock):
    from ontology.queries.explorer import browse  # noqa: PLC0415 -- the settings are read above

    def nothing():
        assert caller.get("/auth/getCurrentUser").status_code == 200

    found = {}
    for name, path, query in questions(size):

        def ask(path=path, query=query):
            assert caller.get(path, **query()).status_code == 200

        found[name] = best(ask, nothing, clock)
    for name, words in searches(size):
        found[name] = best(lambda words=words: browse(user=who, **words()), nothing, clock)
    return found


def main():
    # `environment` has named a folder of its own for this house; jobs go into a file there that nobody reads.
    os.environ |= environment.FIXED | {"DJANGO_SETTINGS_MODULE": "config.settings", "REDIS_URL": ""}
    django.setup()
    from django.db import connection  # noqa: PLC0415 -- as above
    from django.test.utils import setup_test_environment  # noqa: PLC0415 -- as above

    from tests.clients import Caller  # noqa: PLC0415 -- as above
    from tests.factories.accounts import UserFactory  # noqa: PLC0415 -- as above

    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
        maker, reader = UserFactory(email="maker@example.com"), UserFactory(email="reader@example.com")
        caller = Caller.signed_in_as(reader)
        results, start = [], 0
        for size in (FEW, MANY):
            import_all(maker, start, size)
            start = size
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            results.append(measure(size, reader, caller, clock))
        report(connection.vendor, *results)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def report(vendor, few, many):
    print(f"\n{vendor:34} {FEW:>10,} {MANY:>10,}    ratio   (ms a call)")
    for name, before in few.items():
        (one, one_other), (two, two_other) = before, many[name]
        ratio = (two / two_other) / (one / one_other)
        print(f"{name:34} {one * 1000:10.2f} {two * 1000:10.2f} {ratio:8.2f}{'   <-' if ratio > MOST else ''}")


if __name__ == "__main__":
    main()
