"""Which given names are forms of one another: Bob and Robert, Meg and Marguerite, Vova and Vladimir.

English ones come from the package `nicknames`; French and a few transcribed ones are ours.
"""

from collections.abc import Mapping
from functools import lru_cache

# A name, then its forms. Only what the English list lacks.
_OURS = """
abdul abdel|alexandre alex alexi|alexandra alex sandra sacha|alexander sascha sasha
alejandro alex ale jandro|andre dede|anne annie nan|anthony toni|antoine tony toine titoine
benoit ben|bernadette berna dette|bernard bernie nanard|camille cam|caroline caro line
catherine cathy kate cath|cecile cecilou|charles charlot carl|christian chris|christine chris cricri
christophe chris tof|claude cloclo|clement clem|daniel dan dany|danielle dany|denis den
denise dede nise|dominique dom domi|dimitri dima mitia|dmitri dima|edouard ed doudou eddy
elisabeth lise babette beth elise zabeth|emilie emi milie|emmanuel manu|emmanuelle manue
etienne tienne|eugenie nini|fernand nand|florence flo|francine cine|francis frank
francois frank fran cisco|francoise fran soso|francisco paco pancho fran|frederic fred fredo
frederique fred|gabriel gab gabi|gabrielle gab gaby|genevieve gen ginette viviane|georges jo jojo
gerard gege|gilbert gil bert|gregoire greg|guillaume guy guillou will|guadalupe lupe|gustave gus
henri riton|helene lena|hugues hugo|ignacio nacho|isabelle isa belle|jacqueline jackie line
jacques jacquot jack|jean jeannot ti-jean|jeanne jeannette|jerome gege|jesus chucho chuy
joachim jo joe|joel jo|jonathan jo|jose pepe|josee jo|joseph jo jos|josephine jo fifi
josiane jo josy|julie juju|julien ju juju|laurence lolo|laurent lolo laurie|leonard leo
louis loulou ti-louis|louise lou loulou|lucien lulu luc|madeleine mado|magdalena lena magda
marcel marc|marguerite meg margot maggie|marie mimi|marianne anne|mathieu mat math matt|maurice momo
maxime max|maximilien max|melanie mel|michel mich mike|michele mich mimi|michelle mich shell
mikhail misha|mohamed mo momo moe|mohammed mo momo moe|muhammad mo moe|monique mo nique|natalie nat
nathalie nat nath|nadezhda nadia|nicolas nico|nicole nic nico|normand norm|olivier oli olive
pascal pasc|patrice pat|philippe phil|pierre pierrot|raphael raph rafi|raymond ray|rejean rej
rene nene|richard rick|robert bob rob|rolland rollo|roberto beto|roger rog|sebastien seb|sophie soso
sergei serge seryozha|simone mona|stephane steph|stephanie steph fanny|suzanne suzie suzon
sylvain syl|sylvie syl|svetlana sveta|tatiana tanya tania|therese tess|theophile theo|thibault thib
thomas tom|valerie val|veronique vero|vincent vince|vladimir vova volodya|virginie gini|xavier xav
yves yvon|yvonne yvette vonne|zacharie zach
"""


def _ours() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for family in _OURS.replace("\n", "|").split("|"):
        name, *forms = family.split() or [""]
        if name:
            found.setdefault(name, set()).update(forms)
    return found


@lru_cache(maxsize=1)
def _forms() -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """The forms of each name, and the names of each form."""
    # Imported where used: reading its table would slow the start of doors that compare nobody.
    from nicknames import NickNamer

    forms = {name: set(known) for name, known in NickNamer.default_lookup().items()}
    for name, known in _ours().items():
        forms.setdefault(name, set()).update(known)
    names: dict[str, set[str]] = {}
    for name, known in forms.items():
        for form in known:
            names.setdefault(form, set()).add(name)
    return (
        {name: frozenset(known) for name, known in forms.items()},
        {form: frozenset(known) for form, known in names.items()},
    )


_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)
def kin(name: str) -> frozenset[str]:
    """The names of which this one is a form, and itself: two share any if one may stand for the other."""
    return _forms()[1].get(name, _NONE) | {name}


def related(a: str, b: str) -> bool:
    """Whether one is a form of the other, or both are forms of one name. Words without case and accents."""
    return not kin(a).isdisjoint(kin(b))
