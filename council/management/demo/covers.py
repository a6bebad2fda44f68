"""Generated covers: a few calm shapes on a ground, different for every seed and the same every time."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

SIZE = 720
# (ground top, ground bottom, shapes): stone, sea, dusk, leaf, clay, night
PALETTES = [
    ((236, 229, 216), (208, 194, 172), [(178, 84, 56), (92, 78, 64), (244, 240, 230)]),
    ((196, 216, 220), (86, 128, 142), [(24, 62, 78), (238, 236, 222), (210, 142, 92)]),
    ((246, 208, 176), (176, 92, 88), [(92, 44, 66), (250, 232, 204), (226, 140, 92)]),
    ((222, 228, 202), (128, 150, 112), [(54, 78, 60), (240, 238, 220), (196, 164, 84)]),
    ((240, 214, 196), (198, 120, 88), [(120, 56, 44), (250, 240, 226), (88, 104, 108)]),
    ((62, 68, 96), (24, 26, 44), [(228, 196, 140), (112, 124, 168), (238, 232, 220)]),
]


def cover(seed: str) -> bytes:
    """A square PNG for this seed."""
    rng = random.Random(seed)  # noqa: S311 -- a picture, not a secret
    top, bottom, shapes = PALETTES[rng.randrange(len(PALETTES))]
    image = ground(top, bottom)
    draw = ImageDraw.Draw(image)
    rng.choice((arches, suns, waves, stones))(draw, rng, shapes)
    image = image.filter(ImageFilter.SMOOTH_MORE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def ground(top, bottom) -> Image.Image:
    column = Image.new("RGB", (1, SIZE))
    for y in range(SIZE):
        share = y / SIZE
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize((SIZE, SIZE))


def arches(draw, rng, shapes) -> None:
    count = rng.randint(3, 5)
    width = SIZE / (count + 1)
    for index in range(count):
        x, height = width * (index + 0.5), SIZE * rng.uniform(0.45, 0.75)
        box = (x + 8, SIZE - height, x + width - 8, SIZE)
        draw.rectangle((box[0], box[1] + width / 2, box[2], SIZE), fill=shapes[index % 2])
        draw.pieslice((box[0], box[1], box[2], box[1] + width), 180, 360, fill=shapes[index % 2])
    radius = rng.randint(50, 90)
    draw.ellipse((SIZE * 0.68, 70, SIZE * 0.68 + 2 * radius, 70 + 2 * radius), fill=shapes[2])


def suns(draw, rng, shapes) -> None:
    x, y = SIZE * rng.uniform(0.35, 0.65), SIZE * rng.uniform(0.4, 0.55)
    for ring in range(6, 0, -1):
        radius = 46 * ring
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=shapes[ring % 3], width=10)
    draw.ellipse((x - 62, y - 62, x + 62, y + 62), fill=shapes[0])
    draw.rectangle((0, SIZE * 0.8, SIZE, SIZE), fill=shapes[1])


def waves(draw, rng, shapes) -> None:
    radius = rng.randint(70, 110)
    draw.ellipse((SIZE / 2 - radius, 110, SIZE / 2 + radius, 110 + 2 * radius), fill=shapes[2])
    for band in range(6):
        y = SIZE * 0.45 + band * 66
        shift = rng.randint(0, 120)
        points = [(x, y + 22 * ((x + shift) // 60 % 2)) for x in range(-60, SIZE + 120, 60)]
        draw.polygon([*points, (SIZE + 120, SIZE), (-60, SIZE)], fill=shapes[band % 2])


def stones(draw, rng, shapes) -> None:
    y = SIZE * 0.86
    for index in range(rng.randint(4, 6)):
        width, height = SIZE * (0.5 - index * 0.055), 84 - index * 6
        x = SIZE / 2 + rng.randint(-26, 26)
        draw.rounded_rectangle((x - width / 2, y - height, x + width / 2, y), radius=height / 2, fill=shapes[index % 3])
        y -= height + 6
