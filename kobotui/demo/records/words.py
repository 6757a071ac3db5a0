"""Words believable answers are made of: people, places, remarks, in the languages of the forms."""

from __future__ import annotations

GIVEN = (
    "Amina", "Joseph", "Fatou", "Olena", "Ibrahim", "Grace", "Moussa", "Aïcha", "Samuel", "Mariam", "Jean-Paul", "Hawa",
    "Daniel", "Esther", "Abdoulaye", "Rosa", "Emmanuel", "Khadija", "Peter", "Zeinab", "Désiré", "Beatriz", "Yusuf",
    "Chantal", "Oleksandr", "Halima", "Carlos", "Ngozi", "Tigist", "Rashid", "Lucía", "Kofi",
)  # fmt: skip
FAMILY = (
    "Diallo", "Okoro", "Hassan", "Müller", "Traoré", "Mbeki", "Kovalenko", "Ouédraogo", "Ndiaye", "Achieng", "Bekele",
    "Rahman", "González", "Kamau", "Sow", "Nkurunziza", "Haddad", "Mwangi", "Ibrahimović", "Tesfaye", "Ali", "Juma",
    "Kaboré", "Martínez", "Abdi", "Nsengiyumva", "O’Brien", "Shevchenko",
)  # fmt: skip
GIVEN_AR = ("أمينة", "يوسف", "فاطمة", "محمد", "خديجة", "إبراهيم", "مريم", "أحمد", "زينب", "عمر", "ليلى", "حسن")
FAMILY_AR = ("الحسن", "علي", "حداد", "إبراهيم", "الأحمد", "محمود", "خليل", "عثمان", "صالح", "الخطيب")
PLACES = (
    "Kibera", "Sévaré", "Djibo", "Baidoa", "Kakuma", "Bentiu", "Goma", "Maradi", "Mopti", "Zinder", "Gulu", "Dadaab",
    "Bunia", "Kaya", "Jijiga", "Maiduguri", "Cox’s Bazar", "Zaatari", "Idlib", "Marib", "Cúcuta", "Les Cayes",
)  # fmt: skip
PLACES_AR = ("حلب", "إدلب", "الزعتري", "تعز", "مأرب", "الموصل", "دير الزور", "الحديدة")
FACILITIES = ("Health post", "Clinic", "Hospital", "Health centre", "Mobile team", "Dispensary")
SCHOOLS = ("Primary school", "École primaire", "Secondary school", "Learning centre", "Lycée")
ORGANIZATIONS = ("Red Crescent", "Ministry of Health", "Save the Village", "Water for All", "Secours local", "UNICEF")
JOBS = ("farmer", "trader", "teacher", "tailor", "driver", "day labourer", "nurse", "herder", "none", "student")
GOODS = (
    "rice 50 kg",
    "sorghum 1 kg",
    "cooking oil 5 l",
    "soap bar",
    "diesel 1 l",
    "flour 25 kg",
    "blanket",
    "beans 1 kg",
)
REMARKS = (
    "No remarks.", "Water point is dry since last week.", "Family arrived two days ago.", "Asks for school kits.",
    "Road closed after the rain.", "Follow-up needed.", "Visited together with the village chief.", "Roof damaged.",
    "Card lost, replaced by a letter.", "Said they will move again soon.", "Interview interrupted, finished by phone.",
    "Second visit", "Very helpful respondent", "Pump repaired in March; works since.", "=1+1", "see photo",
    "Respondent asked: \"When does the distribution start?\"", "Line one\nline two",
)  # fmt: skip
REMARKS_FR = (
    "Rien à signaler.", "Le puits est à sec depuis une semaine.", "La famille est arrivée avant-hier.",
    "Demande des kits scolaires.", "Route coupée après la pluie.", "À revoir.", "Toit endommagé ; bâche remise.",
    "Carte perdue, remplacée par une lettre.",
)  # fmt: skip
REMARKS_AR = (
    "لا ملاحظات.", "البئر جافة منذ أسبوع.", "وصلت العائلة قبل يومين.", "تحتاج إلى متابعة.", "الطريق مغلق بعد المطر.",
    "السقف متضرر.",
)  # fmt: skip
# Rough centre (latitude, longitude) of countries, by ISO 3166 code as project settings name them.
CENTRES = {
    "KEN": (0.5, 37.9), "SOM": (3.1, 43.6), "SDN": (13.5, 30.2), "SSD": (8.3, 29.7), "ETH": (8.6, 39.6),
    "UGA": (2.8, 32.3), "COD": (-1.7, 29.2), "MLI": (14.5, -4.2), "NER": (13.5, 7.1), "BFA": (13.1, -1.1),
    "NGA": (11.8, 13.1), "TCD": (13.8, 20.8), "CMR": (10.6, 14.3), "SYR": (35.9, 36.6), "JOR": (32.3, 36.3),
    "LBN": (33.8, 35.9), "IRQ": (36.3, 43.1), "YEM": (15.4, 45.3), "AFG": (34.4, 66.0), "BGD": (21.2, 92.2),
    "MMR": (20.1, 92.9), "NPL": (27.9, 84.9), "UKR": (48.5, 35.0), "COL": (7.9, -72.5), "HTI": (18.4, -73.3),
    "VEN": (7.8, -71.2), "GTM": (15.0, -90.9), "MOZ": (-15.1, 39.3), "MDG": (-23.4, 46.1), "PHL": (11.2, 124.9),
    "FRA": (46.6, 2.5), "CHE": (46.8, 8.2),
}  # fmt: skip
