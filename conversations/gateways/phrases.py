"""The few sentences that the assistant says by itself, and the plain words that it understands, in eight languages."""

import re
from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """A set of words, written as people write them: with spaces between."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Language:
    """`marks` are small words that tell the language; `greetings` and `thanks` may make up a whole message; `person` is a
    pattern (of lower-case text) that asks for somebody real, and `alone` the words that do where a line holds nothing else."""

    marks: frozenset[str]
    greetings: frozenset[str]
    thanks: frozenset[str]
    person: str
    alone: str
    greeting: str
    welcome: str
    unsure: str
    hand_over: str
    source: str
    page: str


LANGUAGES = {
    "en": Language(
        marks=words(
            """a about an and any are at be been but by can could did do does for from had has have how i if in is it its
            just me my no not of on or our please so that the their them there they this to us was we were what when where
            which who why will with would you your"""
        ),
        greetings=words("hi hello hey there good morning afternoon evening day greetings dear all"),
        thanks=words(
            "thanks thank thx ty cheers you so very much many a lot for your help great perfect ok okay bye goodbye"
        ),
        person=(
            r"\b(speak|talk|chat|connect\w*|transfer\w*|put me)\b[^.?!]{0,30}"
            r"\b(human|person|someone|somebody|agent|representative|employee|staff|manager|operator|colleague|team)\b"
            r"|\b(want|need|get|give me|reach)\b[^.?!]{0,12}\b(human|real person|live agent|representative|human agent)\b"
            r"|\b(real|actual|live) (person|human|agent)\b|\bnot (a|with a|to a) (bot|robot|machine)\b"
        ),
        alone=r"(an? )?(human|agent|person|operator|representative|real person)( please)?",
        greeting="Hello! How can we help you?",
        welcome="You are welcome!",
        unsure="I am not sure that I understood you. Could you put it in other words?",
        hand_over="Thank you for your message. A colleague will answer you here as soon as possible.",
        source="Source",
        page="page",
    ),
    "de": Language(
        marks=words(
            """aber als am an auch auf aus bei bin bis bitte da das dass dem den der des die ein eine einem einen einer es
            für gibt haben hat ich ihr ihre im in ist ja kann kein keine können man mein meine mir mit nach nicht noch oder
            sie sich sind und uns von vom wann war was wenn wer wie wir wird wo zu zum zur über"""
        ),
        greetings=words("hallo hi hey moin servus grüezi guten tag morgen abend grüß gott liebe alle"),
        thanks=words("danke dank vielen herzlichen schön sehr dir ihnen super ok okay tschüss bis dann"),
        person=(
            r"\b(sprechen|reden|chatten|verbinde\w*|telefonieren|schreiben|möchte|will)\b[^.?!]{0,30}"
            r"\b(mensch\w*|mitarbeiter\w*|berater\w*|echte\w* person|person|jemand\w*|kolleg\w*|kundendienst)\b"
            r"|\b(mensch\w*|mitarbeiter\w*|berater\w*|person|jemand\w*)\b[^.?!]{0,30}\b(sprechen|reden|chatten|verbinden)\b"
            r"|\becht\w* (mensch\w*|person)\b|\b(kein|mit einem) (bot|roboter)\b"
        ),
        alone=r"(ein )?(mensch|mitarbeiter)( bitte)?",
        greeting="Guten Tag! Wie können wir Ihnen helfen?",
        welcome="Gern geschehen!",
        unsure="Ich bin nicht sicher, ob ich Sie richtig verstanden habe. Könnten Sie es anders sagen?",
        hand_over="Vielen Dank für Ihre Nachricht. Jemand aus unserem Team antwortet Ihnen hier, so bald es geht.",
        source="Quelle",
        page="Seite",
    ),
    "fr": Language(
        marks=words(
            """à au aux avec ce ces cette comment dans de des du elle en est et être il ils j'ai je l la le les leur mais mes
            mon ne nous on ou où par pas plus pour pourquoi quand que quel quelle qui sa ses si son sont sur un une votre vos
            vous est-ce y"""
        ),
        greetings=words("bonjour bonsoir salut coucou hello à tous madame monsieur bonne journée"),
        thanks=words("merci beaucoup bien à vous toi super parfait ok d'accord revoir au"),
        person=(
            r"\b(parler|discuter|échanger|joindre|contacter|veux|voudrais)\b[^.?!]{0,30}"
            r"\b(humain\w*|une? (vraie )?personne|conseill\w+|quelqu'un|agent|collègue|opérat\w+)\b"
            r"|\b(vraie personne|pas un (robot|bot))\b"
        ),
        alone=r"(un )?(humain|conseiller)( s'il vous plaît)?",
        greeting="Bonjour ! Comment pouvons-nous vous aider ?",
        welcome="Avec plaisir !",
        unsure="Je ne suis pas sûr d'avoir bien compris. Pourriez-vous le dire autrement ?",
        hand_over="Merci pour votre message. Un collègue vous répondra ici dès que possible.",
        source="Source",
        page="page",
    ),
    "es": Language(
        marks=words(
            """al con cómo como cuál cuáles cuándo cuánto cuánta de del donde dónde el ella en es esta este están está hay la
            las le les lo los más me mi mis muy no nos o para pero por porque puedo que qué quién se si sin son su sus tengo
            tienen tu un una usted y ya"""
        ),
        greetings=words("hola buenos buenas días dias tardes noches qué tal saludos"),
        thanks=words("gracias muchas mil muy amable por todo vale perfecto ok adiós adios hasta luego"),
        person=(
            r"\b(hablar|contactar|comunic\w+|pasar|quiero|necesito)\b[^.?!]{0,30}"
            r"\b(human\w+|una persona|agente|alguien|asesor\w*|operador\w*|compañer\w+)\b"
            r"|\bpersona real\b|\bno (con )?un (bot|robot)\b"
        ),
        alone=r"(una )?(persona|humano|agente)( por favor)?",
        greeting="¡Hola! ¿En qué podemos ayudarle?",
        welcome="¡De nada!",
        unsure="No estoy seguro de haber entendido bien. ¿Podría decirlo con otras palabras?",
        hand_over="Gracias por su mensaje. Un compañero le responderá aquí lo antes posible.",
        source="Fuente",
        page="página",
    ),
    "it": Language(
        marks=words(
            """al alla che chi ci come con cosa da dal dei del della delle di dove e è gli ho hanno i il in la le lo ma mi mio
            nei nel nella no non o per perché più posso qual quale quali quando quanto quanti se si sono su sul tra un una
            uno vi voi vostro"""
        ),
        greetings=words("ciao buongiorno buonasera salve buon giorno buona sera"),
        thanks=words("grazie mille tante molte a voi lei perfetto ok va bene arrivederci"),
        person=(
            r"\b(parlare|contattare|scrivere|vorrei|voglio)\b[^.?!]{0,30}"
            r"\b(uman\w+|una (vera )?persona|operator\w+|qualcuno|consulente|collega)\b"
            r"|\bpersona (vera|reale)\b"
        ),
        alone=r"(un )?(umano|operatore)( per favore)?",
        greeting="Buongiorno! Come possiamo aiutarla?",
        welcome="Prego!",
        unsure="Non sono sicuro di aver capito bene. Potrebbe dirlo con altre parole?",
        hand_over="Grazie per il suo messaggio. Un collega le risponderà qui appena possibile.",
        source="Fonte",
        page="pagina",
    ),
    "pt": Language(
        marks=words(
            """ao aos as com como da das de do dos e ela ele em é está eu há isso já lhe mais mas me meu minha na nas no nos
            não o onde os ou para pela pelo por porque posso qual quais quando quanto que quem se sem seu sua são também tem
            têm um uma você vocês"""
        ),
        greetings=words("olá ola oi bom dia boa tarde noite tudo bem"),
        thanks=words("obrigado obrigada muito valeu ok perfeito tchau até logo"),
        person=(
            r"\b(falar|contactar|conversar|quero|preciso)\b[^.?!]{0,30}"
            r"\b(human\w+|uma pessoa|atendente|alguém|operador\w*|colega)\b"
            r"|\bpessoa real\b"
        ),
        alone=r"(um )?(humano|atendente)( por favor)?",
        greeting="Olá! Como podemos ajudar?",
        welcome="De nada!",
        unsure="Não tenho certeza de ter entendido bem. Poderia dizer com outras palavras?",
        hand_over="Obrigado pela sua mensagem. Um colega responderá aqui assim que possível.",
        source="Fonte",
        page="página",
    ),
    "nl": Language(
        marks=words(
            """aan als bij dan dat de deze die dit door een en er geen heb hebben heeft het hij hoe hoeveel ik in is je jullie
            kan kunnen maar met mijn naar niet nog of om onze ook op over te tot u uw van voor waar waarom wanneer wat we wie
            wij worden zijn"""
        ),
        greetings=words("hallo hoi hey dag goedemorgen goedemiddag goedenavond goeden"),
        thanks=words("bedankt dank dankjewel dankuwel je u wel heel erg top prima ok oké doei"),
        person=(
            r"\b(spreken|praten|chatten|contact|wil|graag)\b[^.?!]{0,30}"
            r"\b(mens\w*|medewerker\w*|iemand|echte? persoon|een persoon|collega)\b"
            r"|\b(medewerker\w*|iemand|een mens)\b[^.?!]{0,30}\b(spreken|praten)\b"
        ),
        alone=r"(een )?(mens|medewerker)( graag)?",
        greeting="Goedendag! Waarmee kunnen we u helpen?",
        welcome="Graag gedaan!",
        unsure="Ik weet niet zeker of ik u goed heb begrepen. Kunt u het anders zeggen?",
        hand_over="Bedankt voor uw bericht. Een collega antwoordt u hier zo snel mogelijk.",
        source="Bron",
        page="pagina",
    ),
    "pl": Language(
        marks=words(
            """ale bo czy co dla do gdzie i ile ja jak jaki jaka jakie jest jestem kiedy kto którą który ma macie mam mi mogę
            na nie o od po proszę przy są się ta tak ten to w we z za że"""
        ),
        greetings=words("cześć dzień dobry wieczór witam hej"),
        thanks=words("dziękuję dzięki bardzo super ok dobrze widzenia do"),
        person=(
            r"\b(rozmawiać|porozmawiać|połącz\w*|skontaktować|chcę)\b[^.?!]{0,30}"
            r"\b(człowiek\w*|konsultant\w*|osob\w+|kimś|pracownik\w*)\b"
        ),
        alone=r"(człowiek|konsultant)( proszę)?",
        greeting="Dzień dobry! W czym możemy pomóc?",
        welcome="Proszę bardzo!",
        unsure="Nie jestem pewien, czy dobrze rozumiem. Czy może Pan/Pani powiedzieć to inaczej?",
        hand_over="Dziękujemy za wiadomość. Nasz pracownik odpowie tutaj najszybciej, jak to możliwe.",
        source="Źródło",
        page="strona",
    ),
}
DEFAULT = "en"
LONGEST_COURTESY = 8  # words
SMALL_WORDS: frozenset[str] = frozenset().union(*(each.marks for each in LANGUAGES.values()))
_PERSON = re.compile("|".join(f"(?:{each.person})" for each in LANGUAGES.values()))
_ALONE = re.compile("|".join(f"(?:{each.alone})" for each in LANGUAGES.values()))
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Its words, in lower case, with plain apostrophes."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def language_of(text: str) -> Language:
    """The language whose small words it has most of; English where none tells."""
    found = words_of(text)

    def score(code: str) -> int:
        each = LANGUAGES[code]
        return sum((word in each.marks) + 2 * (word in each.greetings or word in each.thanks) for word in found)

    best = max(LANGUAGES, key=score)  # the first of equals, and English is the first
    return LANGUAGES[best]


def asks_for_person(text: str) -> bool:
    """Whether these are somebody's plain words for wanting a person and no machine."""
    plain = text.lower().replace("\u2019", "'")
    return _PERSON.search(plain) is not None or any(
        _ALONE.fullmatch(" ".join(words_of(line))) for line in plain.splitlines()
    )


def courtesy(text: str) -> str | None:
    """What to say to a message that is a greeting or thanks and nothing else; None for any other."""
    found = words_of(text)
    if not found:
        return None
    language = language_of(text)
    if len(found) > LONGEST_COURTESY or not set(found) <= language.greetings | language.thanks:
        return None
    if set(found) <= language.greetings and not set(found) <= SMALL_WORDS:
        return language.greeting
    return language.welcome if set(found) & language.thanks - language.greetings - SMALL_WORDS else None
