"""Short synthesised previews: a slow chord with a melody above it, different for every seed. Standard library alone."""

import array
import io
import math
import random
import wave

RATE = 16_000
SECONDS = 7
TABLE = [
    round(32767 * (math.sin(2 * math.pi * i / 1024) + 0.3 * math.sin(4 * math.pi * i / 1024)) / 1.3)
    for i in range(1024)
]
SCALES = ([0, 3, 5, 7, 10], [0, 2, 4, 7, 9], [0, 2, 3, 7, 8])


def preview(seed: str, seconds: int = SECONDS) -> bytes:
    """A mono WAV of so many seconds for this seed."""
    rng = random.Random(seed)  # noqa: S311 -- a tune, not a secret
    scale, root = rng.choice(SCALES), rng.uniform(98, 147)
    length = RATE * seconds
    total = [0] * length
    for step in (0, 2, 4):
        add(total, root * 2 ** (scale[step % 5] / 12), 0, length, 0.16, attack=RATE)
    beat = RATE // rng.choice((2, 3))
    for start in range(0, length - beat, beat):
        note = root * 4 * 2 ** (rng.choice(scale) / 12)
        add(total, note, start, min(beat * 2, length - start), 0.2, attack=RATE // 60)
    return wav(fade(total))


def add(total: list[int], frequency: float, start: int, length: int, loudness: float, attack: int) -> None:
    """Mix one note in: it swells over `attack` samples and dies away to its end."""
    step = int(frequency * 1024 * 65536 / RATE)
    for i in range(length):
        swell = i / attack if i < attack else 1.0 - (i - attack) / (length - attack + 1)
        total[start + i] += int(TABLE[(i * step >> 16) & 1023] * swell * loudness)


def fade(total: list[int]) -> list[int]:
    edge = RATE // 4
    for i in range(edge):
        total[i] = total[i] * i // edge
        total[-1 - i] = total[-1 - i] * i // edge
    return [max(-32768, min(32767, sample)) for sample in total]


def wav(samples: list[int]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array.array("h", samples).tobytes())
    return out.getvalue()
