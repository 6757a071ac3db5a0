"""School visits, protection monitoring, registration, feedback."""

from kobotui.demo.forms import Form

SCHOOL = Form(
    "school",
    "Humanitarian - Education",
    ("English (en)", "العربية (ar)"),
    """
start | start
today | today
text | school | Name of the school | اسم المدرسة | required
select_one level | level | Level | المرحلة | required
integer | girls | Girls enrolled | عدد البنات المسجلات | constraint=. >= 0
integer | boys | Boys enrolled | عدد الأولاد المسجلين | constraint=. >= 0
calculate | pupils |  |  | calculation=${girls} + ${boys}
integer | teachers | Teachers present today | المعلمون الحاضرون اليوم | constraint=. >= 0
begin_repeat | classroom | Classroom | الصف
text | room | Name of the class | اسم الصف
integer | present | Pupils present | الحاضرون
select_one yn | books | Books for everybody? | كتب للجميع؟
end_repeat
select_multiple lacks | lacks | What is lacking | ما الذي ينقص
image | photo | Photo of the building | صورة المبنى
text | remarks | Remarks | ملاحظات
""",
    """
yn | yes | Yes | نعم
yn | no | No | لا
level | primary | Primary | ابتدائي
level | secondary | Secondary | ثانوي
level | vocational | Vocational | مهني
lacks | desks | Desks | مقاعد
lacks | latrines | Latrines | مراحيض
lacks | water | Water | ماء
lacks | teachers | Teachers | معلمون
lacks | books | Books | كتب
""",
)

PROTECTION = Form(
    "protection",
    "Humanitarian - Protection",
    (None,),
    """
start | start
end | end
today | today
note | safety | Make sure nobody can listen. Stop whenever the person wishes.
select_one yn | consent | Consent given? | required
begin_group | incident | Incident | relevant=${consent} = 'yes'
date | happened | When did it happen? | required
select_one place | place | Where? | required
select_multiple kind | kind | Kind of incident | required
select_one actor | actor | Who did it?
integer | persons | People affected | constraint=. > 0
text | account | Account in the person's words | appearance=multiline
end_group
begin_group | follow | Follow-up | relevant=${consent} = 'yes'
select_multiple service | service | Referred to
select_one urgency | urgency | Urgency | required
text | case_number | Case number
end_group
""",
    """
yn | yes | Yes
yn | no | No
place | home | At home
place | road | On the road
place | checkpoint | At a checkpoint
place | market | At the market
kind | theft | Theft or extortion
kind | threat | Threat
kind | violence | Violence
kind | detention | Detention
kind | eviction | Eviction
actor | unknown | Unknown
actor | neighbour | Neighbour or relative
actor | armed | Armed persons
actor | official | Officials
service | medical | Medical care
service | legal | Legal aid
service | psychosocial | Psychosocial support
service | shelter | Safe shelter
urgency | now | Within 24 hours
urgency | week | This week
urgency | later | Later
""",
)

REGISTRATION = Form(
    "registration",
    "Humanitarian - Camp Management & Coordination",
    ("English (en)", "Français (fr)"),
    """
start | start
end | end
text | block | Block and shelter | Bloc et abri | required
text | head | Head of household | Chef de ménage | required
select_one document | document | Identity document | Pièce d'identité
begin_repeat | member | Member of the household | Membre du ménage
text | mname | Name | Nom | required
integer | mage | Age | Âge | required; constraint=. >= 0 and . < 120
select_one sex | msex | Sex | Sexe
select_one yn | school_age | Goes to school? | Va à l'école ? | relevant=${mage} > 4 and ${mage} < 18
end_repeat
calculate | members |  |  | calculation=count(${member})
image | portrait | Photo of the household | Photo du ménage
""",
    """
yn | yes | Yes | Oui
yn | no | No | Non
sex | female | Female | Femme
sex | male | Male | Homme
document | card | Identity card | Carte d'identité
document | passport | Passport | Passeport
document | none | None | Aucune
""",
)

FEEDBACK = Form(
    "feedback",
    "Humanitarian - Coordination / Information Management",
    (None,),
    """
today | today
select_one channel | channel | How did it reach us? | required
select_one topic | topic | About what? | required
text | message | Message | required
select_one yn | answered | Answered?
""",
    """
yn | yes | Yes
yn | no | No
channel | box | Letter box
channel | phone | Telephone
channel | visit | Visit
topic | food | Food
topic | staff | Behaviour of staff
topic | list | Not on the list
topic | thanks | Thanks
""",
)

FORMS = [SCHOOL, PROTECTION, REGISTRATION, FEEDBACK]
