"""What one name is beside itself: short forms, spellings, particles, and names that only look like it."""

from __future__ import annotations

from bench.identity.names import Sex

NICKNAMES_EN: tuple[tuple[str, str, Sex], ...] = (
    ("Robert", "Bob", "m"),
    ("William", "Bill", "m"),
    ("Richard", "Dick", "m"),
    ("James", "Jim", "m"),
    ("John", "Jack", "m"),
    ("Edward", "Ted", "m"),
    ("Michael", "Mike", "m"),
    ("Thomas", "Tom", "m"),
    ("Charles", "Chuck", "m"),
    ("Henry", "Hank", "m"),
    ("Lawrence", "Larry", "m"),
    ("Anthony", "Tony", "m"),
    ("Margaret", "Peggy", "f"),
    ("Elizabeth", "Betty", "f"),
    ("Katherine", "Kate", "f"),
    ("Deborah", "Debbie", "f"),
    ("Susan", "Sue", "f"),
    ("Patricia", "Trish", "f"),
    ("Barbara", "Barb", "f"),
    ("Mary", "Polly", "f"),
    ("Rebecca", "Becky", "f"),
    ("Dorothy", "Dot", "f"),
)
NICKNAMES_FR: tuple[tuple[str, str, Sex], ...] = (
    ("Marguerite", "Meg", "f"),
    ("Marguerite", "Margot", "f"),
    ("Guillaume", "Guy", "m"),
    ("Frédéric", "Fred", "m"),
    ("Alexandre", "Alex", "m"),
    ("Sébastien", "Seb", "m"),
    ("Mathieu", "Mat", "m"),
    ("Maxime", "Max", "m"),
    ("Philippe", "Phil", "m"),
    ("Nicolas", "Nic", "m"),
    ("Benoît", "Ben", "m"),
    ("Jean-François", "Jeff", "m"),
    ("Jean-Philippe", "JP", "m"),
    ("Antoine", "Tony", "m"),
    ("Geneviève", "Gen", "f"),
    ("Véronique", "Véro", "f"),
    ("Catherine", "Cathy", "f"),
    ("Stéphanie", "Stef", "f"),
    ("Gabrielle", "Gaby", "f"),
    ("Joséphine", "Josée", "f"),
    ("Élisabeth", "Babette", "f"),
    ("Marie-Claude", "Marie", "f"),
    ("Thérèse", "Thésy", "f"),
    ("Jacqueline", "Jackie", "f"),
)
EITHER_SEX: tuple[tuple[str, str, str], ...] = (
    ("Pat", "Patricia", "Patrick"),
    ("Chris", "Christine", "Christopher"),
    ("Alex", "Alexandra", "Alexander"),
    ("Sam", "Samantha", "Samuel"),
    ("Dan", "Danielle", "Daniel"),
    ("Nic", "Nicole", "Nicolas"),
    ("Fred", "Frédérique", "Frédéric"),
    ("Andy", "Andrea", "Andrew"),
)
"""A short name, the woman's it may stand for, the man's."""

NEAR_NAMES = (
    ("Michel", "Michèle"),
    ("Daniel", "Danielle"),
    ("René", "Renée"),
    ("André", "Andrée"),
    ("Pascal", "Pascale"),
    ("Frédéric", "Frédérique"),
    ("Gabriel", "Gabrielle"),
    ("Joël", "Joëlle"),
    ("Marcel", "Marcelle"),
    ("Denis", "Denise"),
    ("Julien", "Julienne"),
    ("Martin", "Martine"),
)
"""A man's name and a woman's, a letter or two apart: no slip of the keyboard."""

SPELLINGS = (
    ("Catherine", "Katherine"),
    ("Stephen", "Steven"),
    ("Sean", "Shawn"),
    ("Lindsay", "Lindsey"),
    ("Geoffrey", "Jeffrey"),
    ("Sara", "Sarah"),
    ("Ann", "Anne"),
    ("Philip", "Phillip"),
    ("Allan", "Alan"),
    ("Éric", "Erik"),
    ("Mélanie", "Mellanie"),
    ("Danièle", "Danielle"),
)
COMPOUND_MEN = (
    "Jean-Paul",
    "Jean-Marc",
    "Jean-Luc",
    "Pierre-Luc",
    "Marc-André",
    "Louis-Philippe",
    "Paul-Émile",
)
COMPOUND_WOMEN = ("Marie-Ève", "Marie-Claude", "Anne-Marie", "Marie-Josée", "Marie-France", "Rose-Marie")
APOSTROPHES = (
    "O'Neil",
    "O'Brien",
    "O'Connor",
    "O'Reilly",
    "O'Keefe",
    "D'Amour",
    "D'Angelo",
    "D'Aoust",
    "L'Heureux",
)
PARTICLES: tuple[tuple[str, str], ...] = (
    ("van der Berg", "Vanderberg"),
    ("van der Berg", "Van Der Berg"),
    ("de la Durantaye", "De La Durantaye"),
    ("Saint-Pierre", "St-Pierre"),
    ("Saint-Onge", "St. Onge"),
    ("Sainte-Marie", "Ste-Marie"),
    ("MacNeill", "Mac Neill"),
    ("McIntyre", "MacIntyre"),
    ("Le Blanc", "LeBlanc"),
    ("De Luca", "DeLuca"),
    ("von Hagen", "Hagen"),
    ("El-Masri", "Elmasri"),
)
"""A family name with a particle, and how else it is written."""

CALLED_OTHERWISE = (
    ("Joseph", "Marc"),
    ("Joseph", "Réal"),
    ("Marie", "Lucille"),
    ("Marie", "Françoise"),
    ("James", "Gordon"),
    ("John", "Malcolm"),
    ("Mary", "Eileen"),
    ("Walter", "Bruce"),
)
"""The first name on paper, the middle name by which somebody is called."""

SWAPPABLE = ("Martin", "James", "Thomas", "Scott", "Grant", "Ross", "Nelson", "Gordon", "Craig", "Dean")
"""Given names that are family names as well."""

SOCIAL = ("Loulou", "Chouchou", "Coach", "Ti-Guy", "Doc", "Skip", "Bibi", "Le Grand", "Red", "Moose")
"""What nobody would take for a name of anyone in particular."""
