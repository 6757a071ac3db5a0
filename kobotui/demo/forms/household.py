# ruff: noqa: E501 - tables are read by the line
"""Household survey in English, French and Arabic, with a region, district and village cascade."""

from kobotui.demo.forms import Form

YES_NO = """
yn | yes | Yes | Oui | نعم
yn | no | No | Non | لا
"""

HOUSEHOLD = Form(
    "household",
    "Humanitarian - Multiple Clusters",
    ("English (en)", "Français (fr)", "العربية (ar)"),
    """
start | start
end | end
today | today
username | username
deviceid | deviceid
note | intro | Household survey. Read the consent text aloud. | Enquête ménage. Lire le texte de consentement à voix haute. | استبيان الأسرة. اقرأ نص الموافقة بصوت عالٍ.
select_one yn | consent | Do you agree to take part? | Acceptez-vous de participer ? | هل توافق على المشاركة؟ | required
begin_group | loc | Location | Localisation | الموقع | relevant=${consent} = 'yes'
select_one region | region | Region | Région | المنطقة | required; appearance=minimal
select_one district | district | District | District | المديرية | required; choice_filter=region=${region}
select_one village | village | Village | Village | القرية | choice_filter=district=${district}
geopoint | gps | Position of the house | Position de la maison | موقع المنزل
end_group
begin_group | resp | Respondent | Personne interrogée | المستجيب | relevant=${consent} = 'yes'
text | name | Name of the respondent | Nom de la personne interrogée | اسم المستجيب | hint=As on the identity card
integer | age | Age | Âge | العمر | constraint=. >= 18 and . <= 110; constraint_message=The age must lie between 18 and 110
select_one sex | sex | Sex | Sexe | الجنس
date | arrival | Date of arrival at this place | Date d'arrivée ici | تاريخ الوصول
end_group
begin_group | econ | Household economy | Économie du ménage | اقتصاد الأسرة | relevant=${consent} = 'yes'
integer | hh_size | Number of people in the household | Taille du ménage | عدد أفراد الأسرة | required; constraint=. > 0
decimal | income | Monthly income (USD) | Revenu mensuel (USD) | الدخل الشهري (دولار) | constraint=. >= 0
calculate | income_pp |  |  |  | calculation=round(${income} div ${hh_size}, 2)
select_multiple needs | needs | Most urgent needs | Besoins les plus urgents | الاحتياجات الأكثر إلحاحاً
select_one water | water_source | Main source of drinking water | Source principale d'eau potable | مصدر مياه الشرب الرئيسي
end_group
text | remarks | Remarks | Remarques | ملاحظات | appearance=multiline
""",
    YES_NO
    + """
sex | female | Female | Femme | أنثى
sex | male | Male | Homme | ذكر
region | north | North | Nord | الشمال
region | south | South | Sud | الجنوب
region | east | East | Est | الشرق
district | n1 | Kalemba | Kalemba | كالمبا | region=north
district | n2 | Mont Vert | Mont Vert | الجبل الأخضر | region=north
district | s1 | Port Sud | Port Sud | ميناء الجنوب | region=south
district | s2 | Lagune | Lagune | البحيرة | region=south
district | e1 | Oasis | Oasis | الواحة | region=east
village | n1_a | Kalemba Centre | Kalemba Centre | مركز كالمبا | district=n1
village | n1_b | Old Market | Vieux Marché | السوق القديم | district=n1
village | n2_a | Upper Hill | Haute Colline | التل الأعلى | district=n2
village | n2_b | Three Wells | Trois Puits | ثلاثة آبار | district=n2
village | s1_a | Harbour | Le Port | المرفأ | district=s1
village | s1_b | Salt Works | Salines | الملاحات | district=s1
village | s2_a | Mangrove | Mangrove | المنغروف | district=s2
village | e1_a | Palm Grove | Palmeraie | واحة النخيل | district=e1
village | e1_b | Caravan Stop | Halte caravanière | محطة القوافل | district=e1
needs | food | Food | Nourriture | الغذاء
needs | water | Water | Eau | الماء
needs | shelter | Shelter | Abri | المأوى
needs | health | Health care | Soins de santé | الرعاية الصحية
needs | school | Schooling | École | التعليم
needs | cash | Cash | Argent liquide | النقد
water | tap | Public tap | Robinet public | صنبور عام
water | well | Protected well | Puits protégé | بئر محمية
water | river | River or lake | Rivière ou lac | نهر أو بحيرة
water | truck | Water truck | Camion-citerne | شاحنة مياه
""",
    {"style": "theme-grid", "default_language": "English (en)"},
)

FORMS = [HOUSEHOLD]
