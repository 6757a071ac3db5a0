"""Generated records: believable, the same every time, and found by any of their names."""

from __future__ import annotations

import json
from datetime import datetime

from kobotui.demo.records import mix
from kobotui.demo.records.media import content_of
from kobotui.demo.records.xml import answers, from_row, read, write

from .project import CONTENT, make_store

COUNT = 2_000


def test_records_agree_with_their_form() -> None:
    store = make_store(COUNT)
    regions = set()
    for row in store.page(limit=500):
        if row["consent"] == "no":
            assert not any(key.startswith("loc/") for key in row)
        else:
            assert row["loc/district"].startswith(row["loc/region"] + "_")
            regions.add(row["loc/region"])
            latitude, longitude, *_ = (float(part) for part in row["loc/gps"].split())
            assert row["_geolocation"] == [latitude, longitude]
            assert abs(latitude - 0.5) < 3  # Kenya
            assert abs(longitude - 37.9) < 3
        assert 18 <= int(row["age"]) <= 60
        assert row["n_kids"] == str(len(row["kid"]))
        assert all(child["kid/kname"] for child in row["kid"])
        assert "thanks" not in row
        needs = row.get("needs", "").split()
        assert needs == [n for n in ("food", "water", "shelter", "none") if n in needs]
        assert "none" not in needs[1:]
        sent = datetime.fromisoformat(row["_submission_time"])
        assert datetime.fromisoformat(row["start"]).replace(tzinfo=None) < sent
        photos = [a for a in row["_attachments"] if a["question_xpath"] == "photo"]
        assert [a["media_file_basename"] for a in photos] == [row["photo"]]
    assert regions == {"north", "south", "east"}


def test_a_record_is_the_same_every_time_and_another_with_another_seed() -> None:
    first, again, other = (make_store(50, seed=seed).page() for seed in (5, 5, 6))
    assert json.dumps(first) == json.dumps(again)
    assert [r["_uuid"] for r in first] != [r["_uuid"] for r in other]


def test_reduced_rows_say_the_same_as_whole_ones() -> None:
    base = make_store(COUNT).base
    assert base is not None
    keys = {"loc/district", "n_kids", "_attachments", "_geolocation", "_validation_status", "_submitted_by", "_uuid"}
    for whole, reduced in zip(base.rows(range(100), None), base.rows(range(100), keys), strict=True):
        assert {k: whole.get(k) for k in keys} == {k: reduced.get(k) for k in keys}


def test_numbers_names_and_times_can_be_turned_around() -> None:
    base = make_store(COUNT).base
    assert base is not None
    ids = [base.id_of(k) for k in range(COUNT)]
    assert ids == sorted(set(ids))
    assert ids[-1] - ids[0] > COUNT  # sparse, as the server numbers all projects together
    assert [base.number_of(i) for i in ids] == list(range(COUNT))
    assert base.number_of(ids[49] + 1) is None
    assert [base.first_from_id(i) for i in ids[:60]] == list(range(60))
    assert len({base.uuid_of(k) for k in range(COUNT)}) == COUNT
    assert mix.number_of_uuid(base.seed, base.uuid_of(1234)) == 1234
    assert mix.number_of_uuid(base.seed + 1, base.uuid_of(1234)) is None
    assert mix.number_of_uuid(base.seed, "no uuid") is None
    uid = mix.attachment_uid(base.seed, 777, 3)
    assert uid.startswith("att")
    assert len(uid) == 25
    assert mix.place_of_attachment(base.seed, uid) == (777, 3)
    assert mix.place_of_attachment(base.seed, uid[:-1] + ("2" if uid[-1] != "2" else "3")) is None
    times = [base.time_of(k).isoformat() for k in range(COUNT)]
    assert times == sorted(times)
    assert base.start <= base.time_of(0)
    assert base.time_of(COUNT - 1) <= base.end
    whole_days = [
        base.time_of(k).hour for k in range(COUNT) if base.start.date() < base.time_of(k).date() < base.end.date()
    ]
    assert set(whole_days) == set(range(6, 17))
    assert [base.first_from_time(t) for t in times[::97]] == [times.index(t) for t in times[::97]]


def test_the_xml_of_a_record_reads_back_as_the_record() -> None:
    base = make_store(COUNT).base
    assert base is not None
    for row in base.rows(range(20), None):
        root = read(write(from_row(row, {"id": base.xform_id, "version": base.version})))
        found = answers(root, {"kid", "kid/visit"})
        assert found == {k: v for k, v in row.items() if k in found}
        assert {k for k in row if not k.startswith("_") and k != "meta/rootUuid"} <= set(found)


def test_files_are_what_their_names_say() -> None:
    assert content_of("a.png", 1).startswith(b"\x89PNG\r\n\x1a\n")
    assert content_of("a.png", 1) != content_of("a.png", 2)
    assert content_of("a.wav", 1).startswith(b"RIFF")
    assert content_of("a.txt", 1) == b"a.txt\n"


def test_any_form_gives_records() -> None:
    survey = [
        {"type": "begin group", "name": "g", "relevant": "pulldata('a', 'b')"},
        {"type": "select_one yn", "name": "old_style"},
        {"type": "select_one nolist", "name": "lost"},
        {"type": "end group"},
        *(
            {"type": t, "name": t.replace("-", "_")}
            for t in ("range", "time", "datetime", "geotrace", "geoshape", "rank yn")
        ),
        *(
            {"type": t, "name": t}
            for t in ("barcode", "audio", "file", "acknowledge", "calculate", "hidden", "nonsense")
        ),
        {"type": "begin_repeat", "name": "none", "repeat_count": "0"},
        {"type": "text", "name": "never"},
        {"type": "end_repeat"},
        {"type": "end_repeat"},
    ]
    rows = make_store(300, {"survey": survey, "choices": CONTENT["choices"]}).page(limit=300)
    seen = {key for row in rows for key in row}
    assert {"g/old_style", "range", "geoshape", "audio", "file", "acknowledge"} <= seen
    assert seen.isdisjoint({"lost", "none", "never", "hidden", "nonsense"})
    assert make_store(3, {"survey": []}).page()[0]["_geolocation"] == [None, None]
