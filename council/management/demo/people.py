"""Who lives in the demo world, and what they make. Plain data."""

from typing import Any, NamedTuple


class Person(NamedTuple):
    key: str
    name: str
    bio: str


class Thing(NamedTuple):
    maker: str
    title: str
    description: str
    cents: int
    kind: str
    stock: int | None
    sounds: bool
    tags: tuple[str, ...]


CREATORS = (
    Person("mira", "Mira Okafor", "Ambient musician in Porto. Records harbours, organs and rain, and makes them slow."),
    Person("jonas", "Jonas Lindqvist", "Prints from film, mostly winter light. Darkroom in Malmö."),
    Person("aiko", "Aiko Tanaka", "Stoneware for tables that are used every day. Small firings, no two alike."),
    Person("tomas", "Tomás Rivera", "Teaches guitar to people who think they are too old for it."),
    Person("leila", "Leila Haddad", "Writes about work, money and making things; talks about them on Tuesdays."),
)
LISTENERS = (
    Person("sam", "Sam Petersen", "Listens a lot, buys on payday."),
    Person("nora", "Nora Weiss", "Runs a café with good speakers."),
)

THINGS = (
    Thing("mira", "Harbour Lights", "Six slow pieces for evenings: organ, tape and the harbour at Matosinhos. 38 minutes, lossless files.", 900, "digital", None, True, ("ambient", "tape")),
    Thing("mira", "Rain, Patience, Rain", "One long piece in three parts, recorded in a single night with the windows open.", 600, "digital", None, True, ("ambient", "field recording")),
    Thing("mira", "Field Notes: Gulls", "Twelve field recordings, free of rights for your own work. 24 bit.", 1200, "digital", None, True, ("field recording", "samples")),
    Thing("jonas", "Winter Light, No. 4", "Silver gelatin print, 30 by 40 cm, numbered and signed. Ships flat.", 14000, "physical", 7, False, ("print", "film")),
    Thing("jonas", "Darkroom Notes", "Ninety pages on printing by hand, with test strips. PDF.", 1500, "digital", None, False, ("book", "film")),
    Thing("aiko", "Everyday Bowl", "Stoneware with an ash glaze, about 15 cm. Safe for the dishwasher; meant to be used.", 3800, "physical", 12, False, ("stoneware", "table")),
    Thing("aiko", "Two Tall Cups", "A pair, thrown from one lump of clay, so that they remember each other.", 5200, "physical", 3, False, ("stoneware", "table")),
    Thing("tomas", "Guitar After Forty", "Eight lessons of twenty minutes. No notes to read before lesson five, and then only four of them.", 4900, "digital", None, True, ("course", "guitar")),
    Thing("tomas", "Three Easy Studies", "Sheet music and slow recordings to play along with.", 700, "digital", None, True, ("sheet music", "guitar")),
    Thing("leila", "What a Day Rate Is For", "An essay in nine short parts, and the spreadsheet it talks about.", 800, "digital", None, False, ("essay", "money")),
    Thing("leila", "Tuesday Talks, Season 2", "Ten conversations with people who changed how they work.", 1800, "digital", None, True, ("podcast", "work")),
    Thing("leila", "The Slow Contract", "A plain contract for small commissions, in two pages, with notes on every line.", 2400, "digital", None, False, ("template", "money")),
)  # fmt: skip

# buyer, title, quantity, days ago
ORDERS = (
    ("sam", "Harbour Lights", 1, 12),
    ("nora", "Harbour Lights", 1, 11),
    ("nora", "Everyday Bowl", 2, 9),
    ("sam", "Guitar After Forty", 1, 8),
    ("leila", "Rain, Patience, Rain", 1, 6),
    ("jonas", "Harbour Lights", 1, 5),
    ("sam", "Tuesday Talks, Season 2", 1, 4),
    ("tomas", "Two Tall Cups", 1, 3),
    ("nora", "Field Notes: Gulls", 1, 1),
    ("mira", "Winter Light, No. 4", 1, 1),
)
REVIEWS = (
    (
        "sam",
        "Harbour Lights",
        5,
        "I put it on while cooking and the whole flat got quieter. The second piece is the one.",
    ),
    ("nora", "Harbour Lights", 5, "Plays in our café every evening from six. People ask."),
    ("jonas", "Harbour Lights", 4, "Lovely. I would have liked the organ piece twice as long."),
    ("nora", "Everyday Bowl", 5, "Heavier than it looks and better than the pictures. Ordered two, want four."),
    (
        "sam",
        "Guitar After Forty",
        4,
        "He is right about lesson five. Took me three weeks and I can play something now.",
    ),
    ("tomas", "Two Tall Cups", 5, "They do remember each other."),
)
# Sellers who have finished their payout set-up. Aiko has not yet: her payouts wait and say why.
CONNECTED = ("mira", "jonas", "tomas", "leila")

# who follows whom
FOLLOWS = (
    ("sam", "mira"),
    ("nora", "mira"),
    ("sam", "tomas"),
    ("jonas", "mira"),
    ("nora", "aiko"),
    ("mira", "leila"),
)

# who, what they say, days ago, who likes it, who answers what
POSTS = (
    ("leila", "Raised my day rate in January. Lost one client, kept the sleep. The essay about it is two years old and I finally believe it.", 6.2, ("mira", "jonas", "tomas", "nora"), (("jonas", "I read it again every December."), ("sam", "Now do one about saying no on the telephone."))),
    ("aiko", "Kiln opened. Nine bowls out of twelve, which is a good morning. The three others will be planters for people who like cracks.", 4.1, ("mira", "leila"), (("nora", "I like cracks. Keep one for me."),)),
    ("tomas", "Lesson five is the one where people write to me. If your fingers hurt, it is working. If your wrist hurts, stop and write to me.", 3.0, ("sam",), (("sam", "Wrist. Stopping."), ("tomas", "Good. Rest two days, then lower the guitar.")),),
    ("jonas", "Four degrees below zero and no wind. This is what the film is for.", 1.6, ("mira", "aiko", "sam"), ()),
    ("mira", "The harbour was closed for fog this morning, so I recorded the fog.\n\nIt sounds like a very large room with nobody in it. How it was made: https://en.wikipedia.org/wiki/Foghorn", 0.35, ("sam", "nora", "jonas", "tomas"), (("sam", "Of course you did."), ("nora", "Can we have it in the café? People would order soup."), ("mira", "You can have it for soup."))),
    ("nora", "Played Harbour Lights at closing time again. Nobody left for forty minutes. I am not sure this is good for business.", 0.12, ("mira",), (("mira", "I am sorry and I am not."),)),
)  # fmt: skip

LISTENING_ROOM = (
    "Night listeners",
    ("mira", "sam", "nora", "jonas", "tomas"),
    (
        ("mira", "New pressing arrived this morning. The blue is bluer than I feared and better than I hoped."),
        ("sam", "Blue is correct. When do we hear it?"),
        ("mira", "Thursday at nine, here. Bring tea, leave expectations."),
        ("nora", "I will stream it into the café if that is all right with you. We close at eight but nobody leaves."),
        ("mira", "More than all right."),
        ("jonas", "I have a roll from your harbour walk. Two frames might be a cover."),
        ("tomas", "Can someone tell me what tuning the organ is in? My ears say 432 and my head says stop it."),
        ("mira", "The organ is in 1871. Everything else follows."),
    ),
)
MAKERS_ROOM = (
    "Makers' table",
    ("leila", "mira", "aiko", "jonas", "tomas"),
    (
        ("leila", "Question for Tuesday: what did you stop doing this year that made the work better?"),
        ("aiko", "Glaze tests in the same week as a firing."),
        ("jonas", "Answering mails before the darkroom. Nothing in them was ever faster than light."),
        ("mira", "Saying yes to remixes. I still feel guilty and I still sleep better."),
    ),
)
DIRECT = (
    ("sam", "mira"),
    (
        ("sam", "Hi Mira, the download of the third piece stopped at the half. Can I try again?"),
        ("mira", "Of course, links can be used as often as you like. Open the order and press download once more."),
        ("sam", "Works now, thank you. It was the train tunnel, not you."),
    ),
)
# maker, title, genre, tags, description, days ago, who likes it, (who, at which second, says what)
TRACKS = (
    ("mira", "Low Tide, Matosinhos", "ambient", ("tape", "harbour"), "The pier at six in the morning, an organ two streets away, and the tape that was in the machine anyway.", 5.0, ("sam", "nora", "leila"), (("nora", 3, "This is where the cups in the café stop rattling."), ("sam", 9, "The gull comes in on time, as if you had paid it."))),
    ("tomas", "Study for Late Beginners", "guitar", ("etude",), "The piece that lesson five ends with, played at the speed at which it is learnt.", 3.4, ("sam",), (("sam", 6, "So that is what it should sound like."),)),
    ("mira", "Rain Sketch No. 2", "ambient", ("rain", "field recording"), "", 1.1, ("nora",), ()),
)  # fmt: skip
QUESTION = "Should I press Harbour Lights on vinyl with my own money, or wait for a label?"

STREAM: dict[str, Any] = {
    "title": "Harbour at night, live from the pier",
    "description": "Two microphones, one cello, and whatever the boats do. About an hour.",
    "category": "Music",
    "tags": ["ambient", "field recording", "cello"],
}
