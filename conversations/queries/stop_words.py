"""Words that carry no meaning of their own, by language. A question's language is the one that most of them are of."""

WORDS = {
    "en": (
        "a about above after again against all also am an and any anybody anyone anything are aren as at be because been "
        "before being below between both but by can cannot come comes coming could couldn d dear did didn do does doesn doing don down during "
        "each few find for from further get give go goes going got had hadn has hasn have haven having hello help her here hers herself "
        "hey hi him himself his how i if in into is isn it its itself just know let ll like m make makes many may me might mightn more "
        "most much must mustn my myself need needn no nor not now o of off on once only or other our ours ourselves out "
        "over own please possible question re s same shall shan she should shouldn so some somebody someone something such "
        "t take takes tell than thank thanks that the their theirs them themselves then there these they this those through to too "
        "under until up us ve very want was wasn we were weren what when where which while who whom why will with won would "
        "wouldn you your yours yourself yourselves"
    ),
    "de": (
        "ab aber alle allem allen aller alles als also am an andere auch auf aus bei beim bin bis bitte bist da damit danke "
        "dann das dass dazu dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch dort du "
        "durch ein eine einem einen einer eines er es etwas euch euer eure fragen frage fur gab gibt guten habe haben habt "
        "hallo hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja jede jedem jeden jeder "
        "jedes jetzt kann kannst kein keine konnen konnte konnten konnt man mein meine meinem meinen meiner mich mir mit "
        "mochte mochten muss mussen nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so soll sollte "
        "tag uber um und uns unser unsere unter viel viele vom von vor wann war waren warum was wegen weil welche welchem "
        "welchen welcher welches wenn wer werde werden wie wieder wieviel will wir wird wo wurde wurden zu zum zur"
    ),
    "fr": (
        "a ai aie au aux avec avez avoir avons bonjour c ce ceci cela ces cet cette chez ci comme comment d dans de des "
        "donc dont du elle elles en est et etait etes etre eux fait faire il ils j je l la le les leur leurs lui m ma mais "
        "me merci mes moi mon n ne ni nos notre nous on ont ou par pas peut peux plait plus pour pourquoi pouvez puis puisje qu "
        "quand que quel quelle quelles quels qui quoi s sa sans se ses si sil soit son sont suis sur t ta te tes toi ton tu "
        "un une vos votre voudrais voulez vous y"
    ),
    "es": (
        "a al algo alguien ante antes aqui buenas buenos como con cual cuales cuando cuanta cuanto de del desde donde dos e el "
        "ella ellas ellos en entre era es esa ese eso esta estan estas este esto estoy favor fue gracias ha hace hacer han "
        "hasta hay hola la las le les lo los mas me mi mis muy necesito no nos nosotros o os para pero por porque puede puedo "
        "que quien quiero se ser si sin sobre son su sus tambien te tengo tiene tienen todo tu tus un una unas uno unos usted "
        "ustedes y ya yo"
    ),
}

ASKING = {
    "en": ("how", "long often far soon early late big large"),
    "de": ("wie", "lange oft weit bald fruh spat gross"),
}
"""What stands behind such a word asks with it: "how long" is no word of its own."""

STOP_WORDS = {language: frozenset(words.split()) for language, words in WORDS.items()}


def meaningful(words: list[str]) -> list[str]:
    """`words` (folded: small letters, no accents) without those that only hold a sentence together, each once."""
    language = max(STOP_WORDS, key=lambda name: sum(word in STOP_WORDS[name] for word in words))  # a tie is English
    asks, degrees = ASKING.get(language, ("", ""))
    kept = [
        word for last, word in zip(["", *words], words, strict=False) if not (last == asks and word in degrees.split())
    ]
    return list(dict.fromkeys(word for word in kept if word not in STOP_WORDS[language]))
