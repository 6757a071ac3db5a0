"""The store: arithmetic and scans agree, changes stay beside, memory stays small."""

from __future__ import annotations

import random
import time
import tracemalloc
from datetime import datetime, timedelta
from typing import Any

import pytest

from kobotui.demo.records import mongo, search, xml
from kobotui.demo.records.kept import Upload
from kobotui.demo.records.store import RecordStore

from .project import NOW, make_store, record_xml


def add(store: RecordStore, answers: str, instance: str, when: datetime = NOW, **more: Any) -> int:
    text = record_xml(store.asset, answers, instance)
    return store.add(xml.read(text), text, "ben", when, **more).id


def edit(store: RecordStore, record_id: int, path: str, value: str, instance: str) -> None:
    root = xml.read(store.xml_of(record_id) or "")
    xml.set_answer(root, path, value)
    xml.set_meta(root, "instanceID", f"uuid:{instance}")
    store.revise(record_id, root, xml.write(root))


def busy_store() -> RecordStore:
    """Generated records with edits, removals, statuses and additions, one of them dated back."""
    store = make_store(400)
    ids = [row["_id"] for row in store.page(limit=400)]
    edit(store, ids[7], "age", "99", "e7")
    edit(store, ids[300], "age", "98", "e300")
    store.remove([*ids[20:40], ids[399]])
    store.validate([ids[50]], {"uid": "validation_status_on_hold"})
    add(store, "<age>77</age>", "new1")
    add(store, "<age>76</age>", "new2", NOW - timedelta(days=100))
    return store


def everything(store: RecordStore) -> list[dict[str, Any]]:
    """All records, one by one, by ``_id``: the slow truth."""
    assert store.base is not None
    ids = [store.base.id_of(k) for k in range(store.base.count)]
    return [row for i in [*ids, *store.added] if (row := store.get(i)) is not None]


QUERIES: list[dict[str, Any]] = [
    {},
    {"consent": "yes"},
    {"age": {"$gt": "50"}},
    {"_submitted_by": "amina", "loc/region": {"$ne": "north"}},
    {"_validation_status.uid": {"$exists": True}},
    {"_submission_time": {"$gte": "2026-08-01T00:00:00", "$lt": "2026-09-01T00:00:00"}},
    {"kid": {"$elemMatch": {"kid/kname": {"$regex": "a"}}}},
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "sort", [None, ("_id", -1), ("_submission_time", 1), ("_submission_time", -1), ("age", 1), ("age", -1)]
)
def test_pages_are_slices_of_the_whole(query: dict[str, Any], sort: tuple[str, int] | None) -> None:
    store = busy_store()
    matches = mongo.compile_query(query)
    truth = [row for row in everything(store) if matches(row)]
    assert store.count(query) == len(truth)
    key, direction = sort or ("_id", 1)
    paged = [row for start in range(0, len(truth) + 1, 53) for row in store.page(query, sort, start, 53)]
    assert sorted(r["_id"] for r in paged) == sorted(r["_id"] for r in truth)
    keys = [mongo.sort_key(row.get(key, mongo.MISSING)) for row in paged]
    assert keys == sorted(keys, reverse=direction < 0)
    assert store.page(query, sort, len(truth), 10) == []
    assert store.count(query) == len(truth)  # remembered now


def test_bounds_on_id_narrow_without_losing_anything() -> None:
    store = busy_store()
    ids = [row["_id"] for row in everything(store)]
    rng = random.Random(2)
    for _ in range(40):
        low, high = sorted(rng.randrange(ids[0] - 5, ids[-1] + 5) for _ in range(2))
        expected = [i for i in ids if low < i <= high]
        query = {"_id": {"$gt": low, "$lte": high}}
        assert store.count(query) == len(expected)
        assert [r["_id"] for r in store.page(query, ("_id", 1), 0, 1_000)] == expected
        assert [r["_id"] for r in store.page(query, ("_id", -1), 3, 2)] == expected[::-1][3:5]
        assert store.count({"_id": {"$gte": low, "$lt": high}}) == sum(low <= i < high for i in ids)
        assert store.count({"_id": high}) == (high in ids)


def test_far_pages_by_value_equal_near_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    store = busy_store()
    for key in ("age", "start", "loc/region", "_uuid"):
        for direction in (1, -1):
            near = [r["_id"] for r in store.page({}, (key, direction), 0, None)]
            for most in (10_000, 40):  # all values at once, or only their beginnings
                monkeypatch.setattr(search, "NEAR", 10)
                monkeypatch.setattr(search, "DISTINCT", most)
                assert [r["_id"] for r in store.page({}, (key, direction), 200, 30)] == near[200:230]
                monkeypatch.undo()


def test_sorting_by_the_validation_status() -> None:
    store = busy_store()
    found = [row["_validation_status"].get("uid", "") for row in store.page({}, ("_validation_status.uid", 1), 0, None)]
    assert found == sorted(found)
    assert len(set(found)) == 4


def test_an_edit_keeps_id_time_and_root_and_changes_the_uuid() -> None:
    store = make_store(100)
    before = store.page(start=10, limit=1)[0]
    edit(store, before["_id"], "age", "44", "fresh")
    after = store.get(before["_id"])
    assert after is not None
    assert after["age"] == "44"
    assert after["_uuid"] == "fresh"
    for key in (
        "_id",
        "_submission_time",
        "_submitted_by",
        "meta/rootUuid",
        "_geolocation",
        "kid",
        "_validation_status",
    ):
        assert after[key] == before[key]
    assert [a["uid"] for a in after["_attachments"]] == [a["uid"] for a in before["_attachments"]]
    for name in (before["_uuid"], "uuid:" + before["_uuid"], "fresh", str(before["_id"])):
        found = store.find(name)
        assert found is not None
        assert found["_id"] == before["_id"]
    edit(store, before["_id"], "age", "45", "fresher")
    assert store.find("fresh") is None
    assert store.past == {before["_uuid"]: before["_id"], "fresh": before["_id"]}
    assert len(store) == 100


def test_removed_records_are_gone_by_every_name() -> None:
    store = make_store(100)
    victim = store.page(start=10, limit=1)[0]
    edit(store, victim["_id"], "age", "44", "fresh")
    store.remove([victim["_id"], 999_999_999])
    assert len(store) == 99
    assert all(store.find(n) is None for n in (str(victim["_id"]), victim["_uuid"], "fresh"))
    assert store.past == {}
    added = add(store, "<age>1</age>", "again")
    store.remove([added])
    assert store.by_uuid("again") is None


def test_new_records_come_last_and_by_time_where_they_belong() -> None:
    store = make_store(100)
    late = add(store, "<age>1</age>", "one", NOW + timedelta(hours=1))
    early = add(store, "<age>2</age>", "two", NOW - timedelta(days=300))
    assert [r["_id"] for r in store.page(start=100)] == [late, early]
    assert store.page({}, ("_submission_time", 1), 0, 1)[0]["_id"] == early
    assert store.page({}, ("_submission_time", -1), 0, 1)[0]["_id"] == late
    assert store.last_submission_time() == NOW + timedelta(hours=1)
    assert make_store(0).last_submission_time() is None


def test_files_are_found_by_uid_and_carried_over() -> None:
    store = make_store(100)
    row = store.page(start=3, limit=1)[0]
    entry = row["_attachments"][-1]
    assert store.attachment(entry["uid"]) == (row["_id"], entry)
    assert store.content(entry).startswith(b"\x89PNG")
    store.delete_files([entry["uid"]])
    found = store.attachment(entry["uid"])
    assert found is not None
    assert found[1]["is_deleted"]
    assert store.attachment("att" + "x" * 22) is None
    added = add(store, "<photo>p.png</photo>", "pic", files=[Upload("p.png", "image/png", b"bytes")])
    sent = (store.get(added) or {})["_attachments"]
    assert [(a["question_xpath"], store.content(a)) for a in sent] == [("photo", b"bytes")]


def test_days_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(1_000)
    monkeypatch.setattr("kobotui.demo.records.store.now", lambda: NOW)
    counts = store.daily_counts(30)
    days: dict[str, int] = {}
    for row in everything(store):
        day = row["_submission_time"][:10]
        days[day] = days.get(day, 0) + 1
    since = (NOW - timedelta(days=30)).date().isoformat()
    assert counts == {day: n for day, n in days.items() if day >= since}
    amina = store.daily_counts(30, [{"_submitted_by": "amina"}, {"_submitted_by": "joseph"}])
    assert 0 < sum(amina.values()) < sum(counts.values())


def held(count: int) -> tuple[int, int]:
    """Bytes a store keeps after a round of work, and the most it ever held."""
    tracemalloc.start()
    store = make_store(count)
    size = len(store)
    for start in (0, size // 2, size - 100):
        store.page({}, ("_submission_time", -1), start, 100)
    store.page({"_id": {"$gt": 5}}, ("_id", 1), size - 50, 100)
    store.by_uuid(store.page(start=size - 1)[0]["_uuid"])
    kept, peak = tracemalloc.get_traced_memory()
    del store
    tracemalloc.stop()
    return kept, peak


def test_memory_does_not_grow_with_the_declared_count() -> None:
    held(1_000)  # imports and caches
    few, many = held(1_000), held(1_000_000)
    assert many[0] < few[0] * 1.2
    assert many[1] < few[1] * 1.2


def test_a_scan_holds_no_more_than_its_page() -> None:
    store = make_store(8_000)
    tracemalloc.start()
    assert store.count({"age": {"$gt": "50"}}) > 0
    store.page({}, ("age", 1), 0, 50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000


def test_a_deep_page_of_a_million_takes_no_scan() -> None:
    store = make_store(1_000_000)
    looked: list[int] = []
    base = store.base
    assert base is not None
    whole = base.whole
    base.whole = lambda k: looked.append(k) or whole(k)  # type: ignore[func-returns-value, method-assign]
    started = time.process_time()
    assert len(store.page({}, ("_submission_time", -1), 600_000, 100)) == 100
    assert store.count({"_id": {"$gt": 700_000}}) > 0
    assert time.process_time() - started < 1
    assert len(looked) == 100


@pytest.mark.parametrize("query", [{}, {"age": {"$gt": "3"}}])
@pytest.mark.parametrize("sort", [("age", 1), ("age", -1), ("_id", -1), ("_validation_status.uid", 1)])
def test_what_a_long_search_found_is_kept_until_something_changes(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, Any], sort: tuple[str, int]
) -> None:
    store = make_store(300)
    rows = store.page(query, sort, 0, None)
    monkeypatch.setattr("kobotui.demo.records.search.LONG", 10)
    store.touch()
    assert [row["_id"] for row in store.page(query, sort, 20, 15)] == [row["_id"] for row in rows[20:35]]
    base = store.base
    assert base is not None
    monkeypatch.setattr(store, "rows", lambda *_args: pytest.fail("scanned again"))
    assert store.page(query, sort, 5, 100) == rows[5:105]
    monkeypatch.undo()
    store.remove([rows[30]["_id"]])
    assert [row["_id"] for row in store.page(query, sort, 29, 2)] == [rows[29]["_id"], rows[31]["_id"]]


async def test_a_long_search_lets_others_run() -> None:
    import asyncio

    store = make_store(30_000)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(tick())
    total, rows = await store.search({"consent": "no"}, None, 0, 5)
    other.cancel()
    assert total > len(rows) == 5
    assert ticks >= 10


def test_a_draft_has_no_records() -> None:
    store = make_store(0)
    assert len(store) == 0
    assert store.page() == []
    assert store.get(1) is None
    assert store.xml_of(1) is None
    assert store.daily_counts(3) == {}
    with pytest.raises(KeyError):
        store.keep(1)
