"""Names from other scripts and languages, with their spellings in Latin letters."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.identity.names import words


@dataclass(frozen=True, slots=True)
class Name:
    """A family and a given name in their own script, then both in Latin letters."""

    family: str
    given: str
    latin_family: str
    latin_given: str


@dataclass(frozen=True, slots=True)
class Script:
    """Names of one script, each list beside one of the Latin spellings, place by place."""

    families: tuple[str, ...]
    latin_families: tuple[str, ...]
    givens: tuple[str, ...]
    latin_givens: tuple[str, ...]

    def draw(self, rng: Random) -> Name:
        """Some family name with some given name."""
        family, latin_family = rng.choice(tuple(zip(self.families, self.latin_families, strict=True)))
        given, latin_given = rng.choice(tuple(zip(self.givens, self.latin_givens, strict=True)))
        return Name(family, given, latin_family, latin_given)


CHINESE = Script(
    words("王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 林 郭 何 高"),
    words("Wang Li Zhang Liu Chen Yang Huang Zhao Zhou Wu Xu Sun Lin Guo He Gao"),
    words("小明 娜 伟 洋 静 丽华 志强 敏 建国 秀英 晓东 海燕 美玲 文博 国华 雪梅"),
    words(
        """
        Xiaoming Na Wei Yang Jing Lihua Zhiqiang Min Jianguo Xiuying Xiaodong Haiyan Meiling Wenbo Guohua
        Xuemei
        """
    ),
)
KOREAN = Script(
    words("김 이 박 최 정 강 윤 장"),
    words("Kim Lee Park Choi Jung Kang Yoon Jang"),
    words("민준 서연 지훈 수진 현우 은지 도현 유나 성민 혜진"),
    words("Min-jun Seo-yeon Ji-hoon Su-jin Hyun-woo Eun-ji Do-hyun Yu-na Sung-min Hye-jin"),
)
KANJI = Script(
    words("佐藤 鈴木 田中 高橋 渡辺 山本 中村 小林"),
    words("Sato Suzuki Tanaka Takahashi Watanabe Yamamoto Nakamura Kobayashi"),
    words("健 花子 太郎 由美 誠 直子 恵子 翔太"),
    words("Ken Hanako Taro Yumi Makoto Naoko Keiko Shota"),
)
KATAKANA = {
    name: kana
    for names, kanas in (
        (
            KANJI.latin_families,
            words("サトウ スズキ タナカ タカハシ ワタナベ ヤマモト ナカムラ コバヤシ"),
        ),
        (KANJI.latin_givens, words("ケン ハナコ タロウ ユミ マコト ナオコ ケイコ ショウタ")),
    )
    for name, kana in zip(names, kanas, strict=True)
}
"""The sound of a Japanese name by its Latin spelling."""

CYRILLIC = Script(
    words("Шевченко Коваленко Мельник Бондаренко Ткачук Литвин Черных Гончар Кравчук Москаленко"),
    words("Shevchenko Kovalenko Melnyk Bondarenko Tkachuk Lytvyn Chernykh Honchar Kravchuk Moskalenko"),
    words("Сергей Олена Наталья Андрій Дмитрий Ірина Алексей Марія Тетяна Виктор"),
    words("Sergei Olena Natalia Andriy Dmitry Iryna Alexey Mariia Tetiana Viktor"),
)
ARABIC = Script(
    words("حسن خوري حداد منصور صالح إبراهيم ناصر فرح"),
    words("Hassan Khoury Haddad Mansour Saleh Ibrahim Nasser Farah"),
    words("محمد ليلى سمير نادية عمر يوسف كريم ياسمين"),
    words("Mohammed Leila Samir Nadia Omar Youssef Karim Yasmine"),
)
GREEK = Script(
    words("Γεωργίου Ιωάννου Παππάς Μακρής Νικολάου"),
    words("Georgiou Ioannou Pappas Makris Nikolaou"),
    words("Γιώργος Νίκος Δημήτρης Κώστας Σταύρος"),
    words("Giorgos Nikos Dimitris Kostas Stavros"),
)
WESTERN = (
    ("Xiaoming", "Michael"),
    ("Lihua", "Lily"),
    ("Zhiqiang", "Jason"),
    ("Haiyan", "Helen"),
    ("Wenbo", "Kevin"),
    ("Meiling", "Melinda"),
    ("Jianguo", "Jack"),
    ("Xuemei", "Shelley"),
)
"""A given name from birth, and the one somebody goes by in Canada."""

ROMANISED = (
    ("Mohammed", "Mohamed", "Hassan"),
    ("Mohammed", "Muhammad", "Siddiqui"),
    ("Youssef", "Yusuf", "Karimi"),
    ("Hussein", "Husain", "Nasser"),
    ("Oleksandr", "Alexander", "Bondarenko"),
    ("Dmitri", "Dmytro", "Volkov"),
    ("Natalia", "Nataliya", "Shevchenko"),
    ("Sergei", "Serhiy", "Melnyk"),
    ("Xiaoming", "Hsiao-ming", "Chang"),
)
"""A given name in two Latin spellings, and a family name that goes with it."""

SINGH_AND_KAUR = words("Harpreet Gurpreet Manjit Jaspreet Navdeep Kuldeep Sukhwinder Amandeep")
"""Given names of women and men alike; Singh marks a man, Kaur a woman."""

PUNJABI_FAMILIES = words("Gill Sandhu Dhaliwal Grewal Sidhu Brar Dhillon")
VIETNAMESE_FAMILIES = words("Nguyen Tran Pham Hoang Phan Vu Dang Bui")
VIETNAMESE = (
    ("Van", "Minh"),
    ("Thi", "Lan"),
    ("Quoc", "Tuan"),
    ("Thi", "Huong"),
    ("Duc", "Long"),
    ("Van", "Thanh"),
)
"""A middle and a given name; the family name is said before them."""

SPANISH_GIVEN = words("María José Lucía Carlos Ana Tomás Inés Álvaro")
SPANISH_FAMILIES = words("García Hernández Fernández Gutiérrez Pacheco Figueroa López Ruiz Ortega Solís Peña")
"""Everybody has two of them: the father's, then the mother's."""
