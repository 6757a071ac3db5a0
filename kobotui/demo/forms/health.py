"""Clinic visits with nested repeats and photos, nutrition screening, cold chain."""

from kobotui.demo.forms import Form

CLINIC = Form(
    "clinic",
    "Humanitarian - Health",
    (None,),
    """
start | start
end | end
text | facility | Name of the health facility | required
geopoint | position | Position of the facility
image | photo | Photo of the entrance
begin_repeat | patient | Patient
text | pname | Patient initials | required
integer | page | Age in years | constraint=. >= 0 and . < 120; constraint_message=Between 0 and 119
select_multiple symptoms | symptoms | Symptoms
begin_repeat | visit | Visit
date | vdate | Date of the visit
decimal | temp | Temperature (°C) | constraint=. > 30 and . < 45
end_repeat
end_repeat
calculate | n_patients |  | calculation=count(${patient})
note | thanks | Thank you. ${n_patients} patient(s) recorded.
""",
    """
symptoms | fever | Fever
symptoms | cough | Cough
symptoms | diarrhoea | Diarrhoea
symptoms | rash | Rash
symptoms | other | Other
""",
    {"style": "pages"},
)

NUTRITION = Form(
    "nutrition",
    "Humanitarian - Nutrition",
    ("Français (fr)", "English (en)"),
    """
start | start
today | today
select_one site | site | Site de dépistage | Screening site | required
text | code | Code de l'enfant | Child code | required
select_one sex | sex | Sexe | Sex
integer | months | Âge en mois | Age in months | constraint=. >= 6 and . <= 59; constraint_message=De 6 à 59 mois
decimal | weight | Poids (kg) | Weight (kg) | constraint=. > 2 and . < 30
decimal | height | Taille (cm) | Height (cm) | constraint=. > 45 and . < 130
integer | muac | Périmètre brachial (mm) | Mid-upper arm circumference (mm) | required; constraint=. >= 80 and . <= 220
select_one yn | oedema | Œdèmes bilatéraux ? | Bilateral oedema? | required
select_one status | referral | Orientation | Referral
date | next_visit | Prochaine visite | Next visit | relevant=${referral} != 'none'
text | remarks | Observations | Remarks
""",
    """
yn | yes | Oui | Yes
yn | no | Non | No
sex | girl | Fille | Girl
sex | boy | Garçon | Boy
site | centre | Centre de santé | Health centre
site | mobile | Équipe mobile | Mobile team
site | camp | Camp | Camp
status | none | Aucune | None
status | otp | Programme ambulatoire | Outpatient programme
status | sc | Centre de stabilisation | Stabilisation centre
""",
)

COLD_CHAIN = Form(
    "cold_chain",
    "Health Services / Public Health",
    (None,),
    """
start | start
end | end
text | store | Vaccine store | required
barcode | fridge | Barcode of the refrigerator
select_one power | power | Source of power
decimal | temperature | Temperature inside (°C) | required; constraint=. > -30 and . < 40
integer | alarms | Temperature alarms in the last 30 days | constraint=. >= 0
image | label_photo | Photo of the display
time | checked_at | Time of the check
select_one state | state | State of the refrigerator | required
text | remarks | What has to be repaired | relevant=${state} != 'good'
""",
    """
power | grid | Mains
power | solar | Solar
power | gas | Gas
state | good | Works
state | repair | Needs repair
state | dead | Out of use
""",
)

FORMS = [CLINIC, NUTRITION, COLD_CHAIN]
