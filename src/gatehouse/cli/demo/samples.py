"""Tiny data sets: measurements, tones and captions, all made up here."""

import csv
import io
import json
import math
import random
import struct
import wave

ROWS = 240
RATE = 8000
TONE_S = 0.25
_NORMAL = {
    "heart_rate": (72, 9, 0),
    "breaths": (15, 2, 0),
    "systolic": (122, 10, 0),
    "temperature": (36.8, 0.3, 1),
    "saturation": (97, 1, 0),
}
_ALARMING = {"heart_rate": 128, "breaths": 28, "systolic": 84, "temperature": 39.4, "saturation": 88}
_SHIFTED = {"routine": 0, "soon": 1, "urgent": 3}

COMMANDS = {
    "rise": (440, 660),
    "sink": (660, 440),
    "left": (440, 550),
    "right": (550, 440),
    "home": (880, 440),
    "wait": (440, 440),
}

CAPTIONS = (
    ("bee", "Bumblebee deep in a foxglove, only the tail to be seen."),
    ("bee", "Honeybee with full baskets, too heavy to hurry."),
    ("bee", "Mining bee resting at the edge of her burrow."),
    ("bee", "Two wool carder bees quarrel over the lamb's ear."),
    ("hoverfly", "Hoverfly standing still in the air above the yarrow."),
    ("hoverfly", "Striped like a wasp, but with a fly's big eyes."),
    ("hoverfly", "A hoverfly drinks from an umbel after the rain."),
    ("hoverfly", "Drone fly warming up on a white daisy."),
    ("beetle", "Soldier beetles, a pair, on hogweed."),
    ("beetle", "Rose chafer, green as metal, eating pollen."),
    ("beetle", "A longhorn beetle walks across the dog rose."),
    ("beetle", "Ladybird larva among the aphids, not a flower visitor at all."),
    ("butterfly", "Small blue on bird's-foot trefoil, wings closed."),
    ("butterfly", "Brimstone, the first of the year, on a dandelion."),
    ("butterfly", "Peacock butterfly sunning on the thistle."),
    ("butterfly", "A painted lady with half a wing missing, still flying."),
)


def vitals() -> bytes:
    """Give a CSV table of vital signs, drawn from normal distributions."""
    numbers = random.Random("vitals")  # noqa: S311 - data, not secrets
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*_NORMAL, "label"])
    for row in range(ROWS):
        label = "urgent" if row % 12 == 0 else "soon" if row % 4 == 0 else "routine"
        shifted = numbers.sample(list(_NORMAL), _SHIFTED[label])
        table.writerow([*(_measure(name, name in shifted, numbers) for name in _NORMAL), label])
    return text.getvalue().encode()


def _measure(name: str, alarming: bool, numbers: random.Random) -> float:
    mean, spread, digits = _NORMAL[name]
    value = numbers.gauss(_ALARMING[name] if alarming else mean, spread)
    return round(min(value, 100) if name == "saturation" else value, digits or None)


def tones() -> dict[str, bytes]:
    """Give two recordings of every command, and the table that names them."""
    files, lines = {}, ["file_name,command"]
    for command, pair in COMMANDS.items():
        for take, detune in enumerate((1.0, 1.01), start=1):
            name = f"{command}-{take}.wav"
            files[f"data/{name}"] = _wav([pitch * detune for pitch in pair])
            lines.append(f"{name},{command}")
    return files | {"data/metadata.csv": ("\n".join(lines) + "\n").encode()}


def _wav(pitches: list[float]) -> bytes:
    samples = []
    for pitch in pitches:
        count = int(RATE * TONE_S)
        for number in range(count):
            loudness = math.sin(math.pi * number / count)  # no click at either end
            samples.append(int(20_000 * loudness * math.sin(2 * math.pi * pitch * number / RATE)))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return target.getvalue()


def captions() -> bytes:
    return "".join(json.dumps({"text": text, "label": label}) + "\n" for label, text in CAPTIONS).encode()
