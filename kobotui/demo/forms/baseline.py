"""A baseline of 150 questions: long forms are common, and hard on tools."""

from kobotui.demo.forms import Form

SECTIONS = (
    ("identification", "Identification"),
    ("housing", "Housing"),
    ("agriculture", "Agriculture"),
    ("livestock", "Livestock"),
    ("income", "Income and spending"),
    ("debt", "Savings and debt"),
    ("food", "Food consumption"),
    ("water", "Water and sanitation"),
    ("health", "Health"),
    ("education", "Education"),
    ("shocks", "Shocks and coping"),
    ("women", "Women's decision making"),
    ("market", "Access to markets"),
    ("training", "Training received"),
    ("expectations", "Expectations"),
)
# Ten questions per section, the theme put into each.
QUESTIONS = (
    ("select_one yn", "any", "{title}: does anything in this section apply to the household?"),
    ("integer", "months", "{title}: for how many months of the last year?"),
    ("select_one change", "change", "{title}: how does the household compare with a year ago?"),
    ("decimal", "amount", "{title}: what did it cost or bring in, in local currency?"),
    ("select_multiple who", "who", "{title}: who in the household deals with it?"),
    ("select_one trust", "trust", "{title}: how much do you rely on outside help?"),
    ("text", "example", "{title}: an example, in the respondent's own words"),
    ("integer", "people", "{title}: how many people of the household are concerned?"),
    ("date", "last", "{title}: when was the last time?"),
    ("select_one yn", "visit", "{title}: should somebody come back to talk about it?"),
)


def survey() -> str:
    """The table of the 150 questions in their 15 groups."""
    rows = ["start | start", "end | end"]
    for key, title in SECTIONS:
        rows.append(f"begin_group | {key} | {title}")
        rows += [f"{kind} | {key}_{name} | {label.format(title=title)}" for kind, name, label in QUESTIONS]
        rows.append("end_group")
    return "\n".join(rows)


BASELINE = Form(
    "baseline",
    "Economic/Social Development",
    (None,),
    survey(),
    """
yn | yes | Yes
yn | no | No
change | better | Better
change | same | The same
change | worse | Worse
who | woman | Woman who heads the household
who | man | Man who heads the household
who | children | Children
who | elders | Elders
trust | much | Much
trust | little | A little
trust | none | Not at all
""",
)

FORMS = [BASELINE]
