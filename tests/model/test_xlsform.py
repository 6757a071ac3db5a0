"""KoboToolbox's own kinds of questions under the paths at which records have their answers."""

from kobotui.model.form import Form, Group, Question
from kobotui.model.record import lay_out
from kobotui.model.submission import Submission


def row(kind, name="", label="", **more):
    return {"type": kind, "label": [label or None], **({"name": name, "$autoname": name} if name else {}), **more}


CHOICES = [
    {"list_name": listed, "name": name, "$autovalue": name, "label": [name.title()]}
    for listed, names in {"assets": ("car", "bike"), "yn": ("yes", "no"), "scale": ("good", "bad")}.items()
    for name in names
]
SURVEY = [
    row("begin_group", "home", "Home", **{"$xpath": "home"}),
    row("begin_kobomatrix", "m", "Assets", **{"$xpath": "home/m", "kobo--matrix_list": "assets"}),
    row("select_one", "own", "Owned?", select_from_list_name="yn", required=True, **{"$xpath": "home/m/own"}),
    row("integer", "n", "How many?", constraint=". > 0 and ${own} = 'yes'", **{"$xpath": "home/m/n"}),
    row("end_kobomatrix"),
    row("end_group"),
    row("begin_score", "s", "Satisfied with", **{"kobo--score-choices": "scale"}),
    row("score__row", "food", "Food"),
    row("end_score"),
    row("begin_rank", "r", "Most useful", **{"kobo--rank-items": "assets"}),
    row("rank__level", "first", "First"),
    row("end_rank"),
    row("select_one", "again", "Come again?", select_from_list_name="yn", _or_other=True),
    row("text", "why", "Why?"),
]
FORM = Form.from_content({"survey": SURVEY, "choices": CHOICES, "translations": [None]})


def test_a_matrix_is_a_group_for_each_line_beside_its_heading():
    paths = [node.item.path for node in FORM.nodes if node.item.path.startswith("home")]
    assert paths == [
        "home", "home/m",
        "home/m_car", "home/m_car/m_car_own", "home/m_car/m_car_n",
        "home/m_bike", "home/m_bike/m_bike_own", "home/m_bike/m_bike_n",
    ]  # fmt: skip
    assert [FORM.label(FORM.groups[path], 0) for path in ("home/m", "home/m_bike")] == ["Assets", "Bike"]
    own, n = FORM.questions["home/m_bike/m_bike_own"], FORM.questions["home/m_bike/m_bike_n"]
    assert (own.type, own.required, FORM.choice_label(own.list_name, "yes", 0)) == ("select_one", True, "Yes")
    assert n.constraint == ". > 0 and ${m_bike_own} = 'yes'"


def test_ratings_and_rankings_are_single_choices():
    food, first = FORM.questions["s/food"], FORM.questions["r/first"]
    assert [choice.name for choice in FORM.choices_of(food)] == ["good", "bad"]
    assert [choice.name for choice in FORM.choices_of(first)] == ["car", "bike"]
    assert {food.type, first.type} == {"select_one"}


def test_another_answer_is_a_question_of_its_own():
    names = [item.name for _depth, item in FORM.nodes if isinstance(item, Question)]
    assert names[-3:] == ["again", "again_other", "why"]
    assert FORM.questions["again"].or_other
    assert FORM.questions["again_other"].type == "text"


def test_a_record_of_such_a_form_has_every_answer_in_its_place():
    record = Submission(
        7,
        {
            "_id": 7,
            "home/m_car/m_car_own": "yes",
            "home/m_car/m_car_n": "2",
            "s/food": "good",
            "r/first": "bike",
            "again": "other",
            "again_other": "perhaps",
        },
    )
    lines = {line.path: line for line in lay_out(FORM, record, 0)}
    assert not [line for line in lines.values() if line.kind == "unknown"]
    assert [lines[path].text for path in ("home/m_car/m_car_own", "s/food", "r/first", "again_other")] == [
        "Yes", "Good", "Bike", "perhaps",
    ]  # fmt: skip
    assert [lines[path].depth for path in ("home", "home/m", "home/m_car", "home/m_car/m_car_n")] == [0, 1, 2, 3]
    assert {item.path for item in FORM.columns()} >= {"home/m_bike/m_bike_n", "s/food", "r/first", "again_other"}


def test_rows_without_paths_get_those_of_the_groups_around_them():
    bare = [{key: value for key, value in row.items() if key != "$xpath"} for row in SURVEY]
    assert Form.from_content({"survey": bare, "choices": CHOICES}).questions.keys() == FORM.questions.keys()


def test_a_matrix_without_an_end_or_a_list_is_still_a_form():
    form = Form.from_content({"survey": [SURVEY[1], SURVEY[2]], "choices": None})
    assert [type(node.item) for node in form.nodes] == [Group]
    assert not form.questions
