"""The look, held by numbers: contrast of the tokens in both themes, and nothing hard-coded beside them (look.md, Tokens)."""

import math
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string

from config.catalogue import samples

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "static" / "css"
# A mail is read where none of our style sheets is.
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if not path.is_relative_to(ROOT / "templates" / "mail")
]

TOKEN = re.compile(r"--([\w-]+):\s*light-dark\(oklch\(([^()]+)\),\s*oklch\(([^()]+)\)\)")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch)\(\s*[\d.]")
COLOUR_WORD = re.compile(
    r":[^;{}]*\b(?:white|black|gray|grey|red|green|blue|orange|yellow|brown|purple|pink)\b[^;{}-]*;"
)

Colour = tuple[float, float, float]


def from_oklch(text: str) -> Colour:
    """Linear sRGB of `L C H`, cut to what a screen can show."""
    lightness, chroma, hue = (float(part) for part in text.split("/")[0].split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return shown(red), shown(green), shown(blue)


def shown(part: float) -> float:
    return min(max(part, 0.0), 1.0)


def luminance(colour: Colour) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's ratio between two oklch colours."""
    light, dark = sorted((luminance(from_oklch(one)), luminance(from_oklch(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def read_tokens() -> dict[str, tuple[str, str]]:
    text = (STYLES / "tokens.css").read_text()
    return {name: (light, dark) for name, light, dark in TOKEN.findall(text)}


TOKENS = read_tokens()
GROUNDS = ("sunken", "page", "surface", "float", "hover")
TEXTS = (
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint", "accent-ink") for ground in GROUNDS),
    *((tone, ground) for tone in ("good", "warn", "bad", "note") for ground in (*GROUNDS, f"{tone}-wash")),
    *(("ink", f"{tone}-wash") for tone in ("good", "warn", "bad", "note", "accent")),
    *((ink, "accent-wash") for ink in ("ink-soft", "ink-faint", "accent-ink")),
    *((ink, "pressed") for ink in ("ink", "ink-soft")),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-bad", "bad-fill"),
    ("code-ink", "sunken"),
)
CONTROLS = (
    *(("control", ground) for ground in ("sunken", "page", "surface", "float")),
    *(("focus", ground) for ground in (*GROUNDS, "accent-wash")),
    *(("accent", ground) for ground in GROUNDS),
    ("surface", "control"),
    ("surface", "accent"),
)


class TestContrast:
    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize(("ink", "ground"), TEXTS)
    def test_text_can_be_read(self, ink, ground, theme):
        assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize(("edge", "ground"), CONTROLS)
    def test_controls_and_focus_can_be_seen(self, edge, ground, theme):
        assert contrast(TOKENS[edge][theme], TOKENS[ground][theme]) >= 3

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("hue", re.findall(r"\.hue-\d+ \{ --hue: (\d+); \}", (STYLES / "tokens.css").read_text()))
    def test_initials_can_be_read_in_every_hue(self, hue, theme):
        ground, ink = (
            re.search(rf"--hue-{name}: light-dark\(oklch\(([\d. ]+) var\(--hue\)\), oklch\(([\d. ]+) var", text).group(
                theme + 1
            )
            for name, text in (
                ("wash", (STYLES / "tokens.css").read_text()),
                ("ink", (STYLES / "tokens.css").read_text()),
            )
        )

        assert contrast(f"{ink} {hue}", f"{ground} {hue}") >= 4.5

    def test_the_ratio_is_the_known_one(self):
        assert contrast("1 0 0", "0 0 0") == pytest.approx(21, abs=0.01)
        assert contrast("0.6 0 0", "1 0 0") == pytest.approx(3.95, abs=0.01)

    def test_meanings_are_equally_light(self):
        for theme in (0, 1):
            assert len({TOKENS[tone][theme].split()[0] for tone in ("good", "warn", "bad", "note")}) == 1


class TestTokens:
    @pytest.mark.parametrize(
        "style", sorted(path for path in STYLES.rglob("*.css") if path.name != "tokens.css"), ids=lambda path: path.name
    )
    def test_colours_live_in_the_tokens_alone(self, style):
        text = re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.DOTALL)

        assert COLOUR.findall(text) + COLOUR_WORD.findall(text) == []

    @pytest.mark.parametrize("style", sorted(STYLES.rglob("*.css")), ids=lambda path: path.name)
    def test_every_token_used_is_declared(self, style):
        text = style.read_text()
        everywhere = "".join(path.read_text() for path in STYLES.rglob("*.css"))
        optional = {"tone", "tone-wash", "tone-line"}
        used = set(re.findall(r"var\(--([\w-]+)", text)) - optional

        assert {name for name in used if not re.search(rf"--{name}:", everywhere)} == set()


class TestTemplates:
    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
    def test_nothing_is_inline(self, template):
        text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", template.read_text(), flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}", "", text)

        assert re.findall(r"\sstyle=", text) == []
        assert re.findall(r"<style\b", text) == []
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []
        assert re.findall(r"\son[a-z]+=", text) == []
        assert re.findall(r"javascript:", text) == []

    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
    def test_every_icon_named_is_drawn(self, template):
        drawn = set(re.findall(r'symbol id="([^"]+)"', (ROOT / "static" / "img" / "icons.svg").read_text()))
        named = set(re.findall(r'pieces/icon\.html" with name="([^"]+)"', template.read_text()))

        assert named - drawn == set()


class TestCatalogue:
    def test_shows_every_piece(self):
        """Reached from the catalogue, by an include or by a block tag of `pieces`."""
        seen: set[str] = set()
        waiting = ["pieces_page.html", "base.html", *(f"pieces/{tag}.html" for tag in ("card", "dialog", "menu"))]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += re.findall(r'\{% include "([^"]+)"', (ROOT / "templates" / name).read_text())

        pieces = {f"pieces/{path.name}" for path in (ROOT / "templates" / "pieces").glob("*.html")}
        assert pieces - seen == set()

    def test_draws_itself(self):
        page = render_to_string("pieces_page.html", {"user": AnonymousUser(), **samples()})

        assert page.count("<section") >= 9
        assert "Enter a valid email address." in page
        assert 'aria-invalid="true"' in page
