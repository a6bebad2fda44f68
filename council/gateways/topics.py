"""What the offline advisor knows of the matters people ask about: plain, general, and honest about it."""

import re
from dataclasses import dataclass

from council.gateways.words import words


@dataclass(frozen=True)
class Topic:
    """One field of life. Noun phrases (`gain`, `cost`, `measure`, `test`) fit into any seat's sentences."""

    words: frozenset[str]
    heart: str
    gain: str
    cost: str
    measure: str
    test: str
    assumption: str
    risks: tuple[str, str, str]
    steps: tuple[str, str, str]
    horizon: str


def topic_of(text: str) -> Topic:
    """The topic most of whose words occur; the general one where none does."""
    found = set(re.findall(r"[a-z]+", text.lower()))
    found |= {word.removesuffix("s") for word in found}
    best = max(TOPICS, key=lambda topic: len(topic.words & found))
    return best if best.words & found else GENERAL


GENERAL = Topic(
    words=frozenset(),
    heart="Most questions of this size are settled less by facts than by what you want more of in an ordinary week.",
    gain="movement, and an end to carrying the question around",
    cost="the hours and the attention it takes from what already works",
    measure="the one number that would tell you it is working",
    test="a small trial that fits into two weeks",
    assumption="the first weeks tell you something true about the later ones",
    risks=(
        "The question may be standing in for another one that is harder to ask.",
        "A plan made while tired or excited tends to count the benefits twice.",
        "Doing nothing has a cost as well, and nobody has written it down yet.",
    ),
    steps=(
        "Write down the one number that would tell you it is working, and today's value.",
        "Set up a small trial that fits into two weeks, with an end date.",
        "Tell one person who will ask you about it, and agree on the day they will ask.",
    ),
    horizon="four weeks",
)

TOPICS = (
    Topic(
        words=words(
            "company startup business founder customer client shop store cafe restaurant sales brand market launch venture price sell product pack pricing shop"
        ),
        heart="A business is one promise kept many times, so what counts is who comes back and not who applauds.",
        gain="ownership of what you make and of what it earns",
        cost="steady pay and most of your attention for a long while",
        measure="the number of people who have already paid",
        test="a small paid offer to five real customers",
        assumption="people pay before the savings run out",
        risks=(
            "Friends say they would buy; a stranger who pays is the only proof.",
            "Costs come every month and sales do not.",
            "The first plan is usually wrong in one large way, and money runs out before that is put right.",
        ),
        steps=(
            "Write down the number of people who have already paid, and the number at which you would go all in.",
            "Make a small paid offer to five real customers, with a price and a delivery date.",
            "List every fixed cost of a month and cut the largest one that no customer would notice.",
        ),
        horizon="ninety days",
    ),
    Topic(
        words=words(
            "job career boss manager salary hire employer employee promotion work resign quit developer colleague offer interview team"
        ),
        heart="Work is rarely only about the work: money, people, health and time all shift when it does.",
        gain="energy and a say in how your days are spent",
        cost="income you can count on and people who already trust you",
        measure="the months of living costs you hold in cash",
        test="a short trial of the new arrangement before anything is signed",
        assumption="the money lasts longer than the search does",
        risks=(
            "Income stops on one date and starts again later than planned.",
            "What feels like the wrong work is sometimes one bad manager or one bad year.",
            "Contracts and notice periods bind you longer than enthusiasm lasts.",
        ),
        steps=(
            "Count the months of living costs you hold in cash, and set the level below which you stop.",
            "Arrange a short trial of the new arrangement before anything is signed, and note how each day felt.",
            "Ask two people who made the same move what they would do differently.",
        ),
        horizon="ninety days",
    ),
    Topic(
        words=words(
            "house home flat apartment rent mortgage landlord city move neighbourhood abroad country room garden relocate"
        ),
        heart="A home is a budget, a commute and a circle of neighbours before it is a building.",
        gain="a place that fits the life you are growing into",
        cost="freedom to leave quickly and the money that is tied up meanwhile",
        measure="the full monthly cost, with upkeep, tax and travel in it",
        test="a month of living as if it were already decided",
        assumption="you stay long enough for the costs of moving to fade",
        risks=(
            "The price is the small part; upkeep, fees and travel arrive every month.",
            "Where you live decides whom you see, and that is not on any listing.",
            "Rates, rents and neighbours change, while a signature stays.",
        ),
        steps=(
            "Work out the full monthly cost, with upkeep, tax and travel in it, for each way open to you.",
            "Spend a month of living as if it were already decided: same budget, same journey, same evenings.",
            "Find out what it costs to undo the step after one year, in money and in weeks.",
        ),
        horizon="two months",
    ),
    Topic(
        words=words(
            "money invest loan debt save saving savings buy budget cost pay afford stock fund pension insurance tax expensive"
        ),
        heart="Decisions about money are decisions about sleep as much as about returns.",
        gain="a firmer footing some years from now",
        cost="room to move when something breaks",
        measure="the amount left each month after everything fixed",
        test="a rehearsal of two months in which the full cost is set aside",
        assumption="your income stays as it is today",
        risks=(
            "The first price named is seldom the price paid: fees, tax and upkeep follow.",
            "A return or a rate that holds today may not hold in two years.",
            "Money that is tied up cannot answer an emergency.",
        ),
        steps=(
            "Find the amount left each month after everything fixed, from three real bank statements.",
            "Start a rehearsal of two months in which the full cost is set aside on the first day.",
            "Keep three months of expenses apart and leave them out of every further sum.",
        ),
        horizon="two months",
    ),
    Topic(
        words=words(
            "album track single song music record release label tour gig concert beat mix master vinyl cassette sample artist art book novel write film photo podcast stream fan listener audience festival synth band"
        ),
        heart="Made things live twice, once while you make them and once while others use them, and both lives need a plan.",
        gain="work that is out in the world and can be answered",
        cost="studio days and the patience of people who wait for you",
        measure="the number of listeners who come back a second time",
        test="a release to thirty people whose taste you trust",
        assumption="the audience you have now is the audience you want",
        risks=(
            "Attention on the first day is easily mistaken for an audience.",
            "Making it is half of the work; the other half is telling people, and it rarely gets half of the time.",
            "Money spent on polish before anyone has heard it cannot be spent on the next one.",
        ),
        steps=(
            "Note the number of listeners who come back a second time, for your last two pieces.",
            "Prepare a release to thirty people whose taste you trust, and ask each of them one question.",
            "Book the dates for telling people before the dates for more polishing.",
        ),
        horizon="six weeks",
    ),
    Topic(
        words=words(
            "learn study course degree university language school exam teach train skill read rust go python guitar piano practise practice"
        ),
        heart="People finish learning what they use, so the use comes first and the material second.",
        gain="a skill that stays with you whatever comes next",
        cost="the evenings it takes, for longer than it sounds",
        measure="the hours you really have in an ordinary week",
        test="one small finished thing made within ten days",
        assumption="you practise on dull days too",
        risks=(
            "Choosing what to learn is pleasant and can replace the learning.",
            "The first third is quick, and the plan is usually drawn from that third.",
            "Without somebody who needs the result, it ends with the first busy month.",
        ),
        steps=(
            "Block the hours you really have in an ordinary week; if there are fewer than four, shrink the goal.",
            "Aim for one small finished thing made within ten days, and show it to somebody.",
            "Pick one source and refuse a second until the first is finished.",
        ),
        horizon="six weeks",
    ),
    Topic(
        words=words(
            "software code rewrite framework migrate database server app website api deploy language library refactor monolith cloud laptop computer tool"
        ),
        heart="Technology is easy to choose and hard to leave, so the way out deserves as much thought as the way in.",
        gain="less friction in the work of every day",
        cost="weeks in which nothing new reaches the people who use it",
        measure="the hours a week that the present state really costs",
        test="one thin piece carried all the way through in a week",
        assumption="the trouble is in the tool and not in how it is used",
        risks=(
            "The old way holds years of small repairs that nobody has listed.",
            "Moving takes twice as long as planned, and both ways must run meanwhile.",
            "A new tool moves the trouble to where you have less experience.",
        ),
        steps=(
            "Measure for one week the hours a week that the present state really costs.",
            "Build one thin piece carried all the way through in a week, with real data.",
            "Write the way back on one page before the first irreversible change.",
        ),
        horizon="thirty days",
    ),
    Topic(
        words=words(
            "friend partner wife husband family mother father parent child children kid marry divorce love relationship wedding date brother sister neighbour"
        ),
        heart="With people close to you, how a thing is decided weighs as much as what is decided.",
        gain="clarity, and the respect that comes with saying it openly",
        cost="some ease for a while, for them as well as for you",
        measure="how often this has come up in the last three months",
        test="one calm conversation with the person it touches most",
        assumption="the other side sees the matter roughly as you do",
        risks=(
            "You are hearing one side only, your own.",
            "What is said in a hard moment is remembered longer than the reason for it.",
            "Waiting for the perfect moment is often a way of not speaking.",
        ),
        steps=(
            "Write down how often this has come up in the last three months, and what set it off.",
            "Plan one calm conversation with the person it touches most, and begin with a question.",
            "Decide beforehand what you will not say, and what you can offer.",
        ),
        horizon="three weeks",
    ),
    Topic(
        words=words(
            "health doctor sleep diet weight exercise run running gym drink smoke tired stress burnout pain therapy medicine"
        ),
        heart="Bodies answer slowly and honestly, and a professional who can examine you is worth more than any advice here.",
        gain="strength for everything else you want to do",
        cost="comfort and habit in the first weeks",
        measure="how you feel on an ordinary morning, noted daily",
        test="a gentle version kept up for fourteen days",
        assumption="nothing medical stands behind it",
        risks=(
            "A cause that only an examination can find does not respond to resolve.",
            "Hard starts end early; most plans fail in the third week.",
            "What worked for someone else was measured on someone else.",
        ),
        steps=(
            "See a doctor or another professional first where there is pain, fear or any medicine involved.",
            "Begin with a gentle version kept up for fourteen days, always at the same hour.",
            "Track how you feel on an ordinary morning, noted daily in one line.",
        ),
        horizon="six weeks",
    ),
)
