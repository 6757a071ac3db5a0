"""Distribution of relief items, post-distribution monitoring, market prices, shelter damage."""

from kobotui.demo.forms import Form

DISTRIBUTION = Form(
    "distribution",
    "Humanitarian - Logistics",
    ("English (en)", "Français (fr)"),
    """
start | start
end | end
username | username
select_one point | point | Distribution point | Point de distribution | required
barcode | card | Ration card | Carte de rationnement | required
text | head | Head of household | Chef de ménage
integer | members | People on the card | Personnes sur la carte | required; constraint=. > 0 and . < 30
begin_group | items | Items handed over | Articles remis
integer | rice_kg | Rice (kg) | Riz (kg)
integer | oil_l | Oil (litres) | Huile (litres)
integer | soap | Bars of soap | Savons
integer | blankets | Blankets | Couvertures
end_group
select_one yn | proxy | Collected by somebody else? | Retiré par une autre personne ? | required
text | proxy_name | Who collected | Qui a retiré | relevant=${proxy} = 'yes'
image | signature | Signature or thumb print | Signature ou empreinte | appearance=signature
""",
    """
yn | yes | Yes | Oui
yn | no | No | Non
point | school | School yard | Cour de l'école
point | church | Church hall | Salle paroissiale
point | stadium | Stadium | Stade
point | depot | Depot | Dépôt
""",
)

PDM = Form(
    "pdm",
    "Humanitarian - Food Security",
    (None,),
    """
start | start
end | end
today | today
select_one yn | received | Did the household receive assistance in the last 30 days? | required
date | received_on | When? | relevant=${received} = 'yes'
select_multiple items | items | What was received? | relevant=${received} = 'yes'
select_one satisfied | satisfied | How satisfied is the household? | relevant=${received} = 'yes'; required
integer | wait | Waiting time at the point (minutes) | constraint=. >= 0
decimal | transport | Cost of transport (local currency)
select_one yn | safe | Did everybody feel safe on the way?
select_multiple coping | coping | What did the household do when food was short?
begin_group | food | Days per week on which was eaten
integer | fcs_cereals | Cereals | constraint=. >= 0 and . <= 7
integer | fcs_pulses | Pulses | constraint=. >= 0 and . <= 7
integer | fcs_vegetables | Vegetables | constraint=. >= 0 and . <= 7
integer | fcs_meat | Meat or fish | constraint=. >= 0 and . <= 7
integer | fcs_milk | Milk | constraint=. >= 0 and . <= 7
end_group
text | complaint | Complaints or suggestions
""",
    """
yn | yes | Yes
yn | no | No
items | food | Food basket
items | cash | Cash
items | voucher | Voucher
items | nfi | Household items
satisfied | very | Very
satisfied | fairly | Fairly
satisfied | not | Not at all
coping | cheaper | Ate cheaper food
coping | borrow | Borrowed food
coping | fewer | Fewer meals
coping | sell | Sold belongings
""",
)

MARKET = Form(
    "market",
    "Economic/Social Development",
    ("English (en)", "Français (fr)"),
    """
start | start
today | today
select_one market | market | Market | Marché | required
geopoint | gps | Position | Position
begin_repeat | item | Commodity | Produit
select_one commodity | commodity | Which commodity | Quel produit | required
decimal | price | Price per unit | Prix unitaire | required; constraint=. > 0
select_one unit | unit | Unit | Unité
select_one supply | supply | Supply | Approvisionnement
end_repeat
select_one yn | road | Is the road open? | La route est-elle ouverte ?
text | comment | Comment | Commentaire
""",
    """
yn | yes | Yes | Oui
yn | no | No | Non
market | central | Central market | Marché central
market | border | Border market | Marché frontalier
market | livestock | Livestock market | Marché au bétail
commodity | maize | Maize | Maïs
commodity | sorghum | Sorghum | Sorgho
commodity | rice | Rice | Riz
commodity | beans | Beans | Haricots
commodity | oil | Vegetable oil | Huile végétale
commodity | goat | Goat | Chèvre
commodity | fuel | Diesel | Gazole
unit | kg | Kilogram | Kilogramme
unit | l | Litre | Litre
unit | head | Head | Tête
supply | good | Plenty | Abondant
supply | low | Scarce | Rare
supply | none | None | Aucun
""",
)

SHELTER = Form(
    "shelter",
    "Humanitarian - Emergency Shelter",
    ("العربية (ar)",),
    """
start | start
end | end
select_one governorate | governorate | المحافظة | required
text | neighbourhood | الحي
geopoint | gps | الموقع
select_one damage | damage | درجة الضرر | required
integer | rooms | عدد الغرف الصالحة للسكن
integer | families | عدد العائلات في المبنى | constraint=. > 0
select_multiple needs | needs | الاحتياجات
image | facade | صورة الواجهة
select_one yn | documents | هل توجد وثائق ملكية؟
text | remarks | ملاحظات
""",
    """
yn | yes | نعم
yn | no | لا
governorate | aleppo | حلب
governorate | idlib | إدلب
governorate | hama | حماة
governorate | homs | حمص
damage | none | لا ضرر
damage | minor | ضرر بسيط
damage | major | ضرر كبير
damage | destroyed | مدمر
needs | tent | خيمة
needs | plastic | شوادر
needs | tools | أدوات
needs | cash | مساعدة نقدية
""",
)

KITS = Form(
    "kits",
    "Humanitarian - Emergency Shelter",
    ("English (en)", "Français (fr)"),
    """
start | start
today | today
acknowledge | agreed | Answers change nothing for the household | Les réponses ne changent rien | required
begin_kobomatrix | kit | The kit | Le lot | kobo--matrix_list=item
select_one use | use | Used? | Utilisé ? | required
integer | left | How many are left? | Combien en reste-t-il ? | constraint=. >= 0
end_kobomatrix
begin_score | liked | How content are you with | Êtes-vous satisfait de | kobo--score-choices=scale
score__row | quality | The quality | La qualité | required
score__row | delay | The waiting time | L'attente
end_score
begin_rank | wanted | What is needed most? | De quoi avez-vous le plus besoin ? | kobo--rank-items=item
rank__level | first | First | En premier
rank__level | second | Second | En deuxième
end_rank
select_one source or_other | source | Who told you of it? | Qui vous en a parlé ?
rank item | order | Put the items in order | Classez les articles
range | trust | How much do you trust us, from 0 to 10? | Confiance de 0 à 10 | parameters=start=0 end=10 step=1
geotrace | way | The way to the distribution point | Le chemin jusqu'au point de distribution
hidden | cohort
    """,
    """
item | tarpaulin | Tarpaulin | Bâche
item | blanket | Blanket | Couverture
item | pot | Cooking pot | Marmite
use | daily | Every day | Tous les jours
use | sometimes | Sometimes | Parfois
use | sold | Sold or given away | Vendu ou donné
scale | good | Content | Satisfait
scale | fair | So-so | Moyen
scale | bad | Not content | Mécontent
source | radio | Radio | Radio
source | leader | Community leader | Chef de la communauté
source | neighbour | Neighbours | Voisins
""",
)

FORMS = [DISTRIBUTION, PDM, MARKET, SHELTER, KITS]
