"""Water points, latrines and hygiene, a needs assessment in Chinese."""

from kobotui.demo.forms import Form

WATER_POINTS = Form(
    "water_points",
    "Humanitarian - Sanitation, Water & Hygiene",
    (None,),
    """
start | start
end | end
username | username
text | point_id | Number on the plate | required
text | village | Village | required
geopoint | gps | Position | required
select_one kind | kind | Kind of water point | required
select_one works | works | Does it give water today? | required
integer | year | Year of construction | constraint=. >= 1950 and . <= 2030
decimal | flow | Litres per minute | relevant=${works} != 'no'
decimal | ph | pH value | constraint=. >= 0 and . <= 14
decimal | chlorine | Free chlorine (mg/l)
integer | users | Households that use it
select_multiple problem | problem | What is wrong | relevant=${works} != 'yes'
select_one yn | committee | Is there a water committee?
image | photo | Photo of the water point
text | remarks | Remarks | appearance=multiline
""",
    """
yn | yes | Yes
yn | no | No
kind | borehole | Borehole with hand pump
kind | well | Dug well
kind | spring | Protected spring
kind | tap | Tap stand
kind | pan | Water pan
works | yes | Yes
works | partly | Part of the year
works | no | No
problem | pump | Pump broken
problem | dry | Dry
problem | dirty | Dirty water
problem | fee | Nobody can pay
""",
)

LATRINES = Form(
    "latrines",
    "Humanitarian - Sanitation, Water & Hygiene",
    ("Español (es)", "English (en)"),
    """
start | start
today | today
select_one community | community | Comunidad | Community | required
integer | households | Hogares en la comunidad | Households in the community | constraint=. > 0
integer | latrines | Letrinas en uso | Latrines in use | constraint=. >= 0
calculate | ratio |  |  | calculation=round(${households} div ${latrines}, 1)
select_one yn | handwashing | ¿Hay donde lavarse las manos? | Is there somewhere to wash hands? | required
select_one yn | soap | ¿Hay jabón? | Is there soap? | relevant=${handwashing} = 'yes'
select_multiple disease | disease | Enfermedades en el último mes | Illnesses in the last month
range | cleanliness | Limpieza, de 1 a 5 | Cleanliness, 1 to 5 | parameters=start=1 end=5 step=1
image | photo | Fotografía | Photo
text | notes | Observaciones | Remarks
""",
    """
yn | yes | Sí | Yes
yn | no | No | No
community | san_pedro | San Pedro | San Pedro
community | la_union | La Unión | La Unión
community | el_carmen | El Carmen | El Carmen
disease | diarrhoea | Diarrea | Diarrhoea
disease | skin | Enfermedades de la piel | Skin disease
disease | malaria | Malaria | Malaria
disease | none | Ninguna | None
""",
)

NEEDS_CHINESE = Form(
    "needs_zh",
    "Humanitarian - Coordination / Information Management",
    ("中文 (zh)", "English (en)"),
    """
start | start
end | end
text | county | 县 | County | required
text | village | 村 | Village
integer | affected | 受灾人数 | People affected | required; constraint=. >= 0
integer | injured | 受伤人数 | People injured
select_multiple needs | needs | 紧急需求 | Urgent needs | required
select_one road | road | 道路状况 | State of the road
datetime | reported | 报告时间 | Time of the report
text | contact | 联系人 | Contact
""",
    """
needs | water | 饮用水 | Drinking water
needs | food | 食品 | Food
needs | tents | 帐篷 | Tents
needs | medicine | 药品 | Medicine
needs | blankets | 被褥 | Blankets
road | open | 畅通 | Open
road | partly | 部分中断 | Partly blocked
road | closed | 中断 | Closed
""",
)

FORMS = [WATER_POINTS, LATRINES, NEEDS_CHINESE]
