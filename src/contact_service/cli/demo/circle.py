"""The demo owner's nearest: family with the names one calls them by, shops and offices, and what the notes remember."""

FAMILY = (
    ("Margarethe Keller", "Mum", (5, 3, 1957)),
    ("Tomás Keller Ruiz", "Dad", (11, 21, 1955)),
    ("Oma Lieselotte Brandt", "Oma", (2, 29, 1932)),
    ("Frida Keller", "Fritzi", (8, 14, 1991)),
    ("Mateo Keller", "Teo", (12, 24, 2018)),
    ("Abuela Carmen Ruiz", "Yaya", (7, 16, None)),
    ("Jonathan Keller", "Jo", (4, 2, 1983)),
    ("Soo-ah Keller", "Suah", (9, 9, 1985)),
    ("Bruno Brandt", "Uncle Bruno", (1, 30, None)),
    ("Salomé Brandt", "Salo", (6, 18, 2009)),
)
"""Full name, what they are called, birthday (month, day, year)."""

PLACES = (
    ("Praxis Dr. Weiß & Kollegen", "+49 30 23125 501", "Dentist. Ask for Thursday mornings."),
    ("Pizzeria Bella Napoli", "+49 30 23125 502", "Closed on Mondays. No. 14 without olives."),
    ("Kletterhalle Südwand", "+49 30 23125 503", "Membership runs until May."),
    ("City Library", "+44 20 7946 0111", "Card number is on the fridge."),
    ("Blumen Rosenrot", "+49 30 23125 504", ""),
    ("蓝天旅行社", "+86 10 0000 8899", "Booked the Guilin trip here."),
    ("Night Owl Taxi", "+1 503 555 0100", "Cash only."),
    ("مطعم الأرز", "+961 1 000 321", "Best fattoush in town."),
    ("Kita Sonnenblume", "+49 30 23125 505", "Pick-up by 16:30."),
    ("Velo-Werkstatt Kette & Co", "+49 30 23125 506", ""),
    ("寿司処 ひかり", "+81 3 0000 1122", "Counter seats, reserve a week ahead."),
    ("Harbour Vet Clinic", "+44 20 7946 0222", "Miso’s vaccination is due in spring."),
)
"""Name, phone, note."""

NOTES = (
    "Allergic to hazelnuts.",
    "Met at the night train to Lisbon.",
    "Lent her the blue tent.",
    "Loves terrible puns.",
    "Knows every good bakery in town.",
    "Two kids: Mila and Jasper.",
    "Prefers messages to calls.",
    "Owes me a coffee. Or do I owe one?",
    "Sings alto.",
    "Brings the rope.",
    "Recommended “The Left Hand of Darkness”.",
    "Speaks five languages, one of them whistling.",
    "Neighbour’s cat is called Professor.",
    "Never before ten.",
    "Plays the kora.",
    "Vegetarian.\nMakes an exception for her grandmother’s soup.",
    "Moved in October, new address to follow.",
    "Has the spare key.",
)

NICKNAMES = ("Bee", "Doc", "Captain", "Sunny", "Mouse", "Chief", "Lo", "Ziggy", "Pepper", "Kit")

GROUPS = (
    ("Work", 58),
    ("Climbing", 17),
    ("Book club", 13),
    ("Choir", 16),
    ("Neighbours", 14),
    ("School", 24),
    ("Travels", 31),
)
"""Keyword and how many people have it; people may be in several."""
