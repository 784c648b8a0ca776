"""Recordings for the oracle: real ones of Debian's pocketsphinx-testdata, and spoken ones."""

import random
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from oracle_common import ROOT

SAMPLE_RATE = 16000
POCKETSPHINX = Path("/usr/share/pocketsphinx/test/data")


@dataclass(frozen=True)
class Speech:
    """One utterance for espeak-ng: deterministic for a version of it."""

    name: str
    language: str
    voice: str
    text: str
    speed: int = 160
    pitch: int = 50


# Sentences in many languages; the long ones fill most of a window.
SPOKEN = [
    Speech("en_ferry", "en", "en-gb", "The last ferry leaves the island at half past seven, so please do not be late."),
    Speech("en_numbers", "en", "en-us", "Our new number is five five five, zero one nine eight, extension forty-two.", 150),
    Speech("en_scotland", "en", "en-gb-scotland", "Mind the step, the path is slippery after the rain."),
    Speech("en_long", "en", "en-us+f3", (
        "Good evening, and welcome to the village hall. Tonight we will hear about the history of the old mill. "
        "It was built in seventeen eighty-three, and it ground flour for nearly two hundred years. "
        "After the talk there will be tea, cake and time for questions. "
        "Please remember to switch off your telephones, and to leave the fire doors clear."), 150),
    Speech("en_fast", "en", "en-us+m3", "Quickly, before they come back, put the papers in the box and lock the drawer.", 230),
    Speech("de_bahnhof", "de", "de", "Der nächste Zug nach Hamburg fährt heute von Gleis sieben, nicht von Gleis vier."),
    Speech("de_long", "de", "de+f2", (
        "Guten Morgen. Heute bleibt es im Norden trocken, im Süden fällt am Nachmittag etwas Regen. "
        "Die Temperaturen erreichen zwölf bis achtzehn Grad. In der Nacht weht ein schwacher Wind aus Westen. "
        "Morgen scheint überall die Sonne, und es wird deutlich wärmer."), 150),
    Speech("fr_marche", "fr", "fr-fr", "Le marché ouvre à huit heures, mais le boulanger est déjà là depuis l'aube."),
    Speech("es_tren", "es", "es", "Mañana por la tarde vamos a visitar el museo con los niños."),
    Speech("it_casa", "it", "it", "La finestra della cucina è rimasta aperta tutta la notte."),
    Speech("pt_praia", "pt", "pt-br", "Amanhã de manhã vamos caminhar na praia antes do café."),
    Speech("nl_trein", "nl", "nl", "Goedemorgen, wij gaan vandaag met de trein naar Amsterdam."),
    Speech("ru_pismo", "ru", "ru", "Вчера мы получили длинное письмо от старого друга."),
    Speech("pl_pociag", "pl", "pl", "Pociąg do Krakowa odjeżdża o godzinie dziewiątej."),
    Speech("tr_hava", "tr", "tr", "Bugün hava çok güzel, birlikte parka gidelim."),
    Speech("sv_sjon", "sv", "sv", "Vi seglar över sjön i morgon om vinden är lagom stark."),
    Speech("fi_saari", "fi", "fi", "Huomenna aamulla lähdemme veneellä saareen ja palaamme vasta illalla."),
]  # fmt: skip

CARDS = [f"cards/00{number}.wav" for number in range(1, 6)]
LIBRIVOX = [f"librivox/sense_and_sensibility_01_austen_64kb-{part}.wav" for part in ("0870", "0880", "0890", "0920", "0930")]
RAW = ["goforward.raw", "numbers.raw", "something.raw"]
RECORDED = [POCKETSPHINX / name for name in CARDS + LIBRIVOX + RAW]

ENGLISH_VOICES = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029"]
VARIANTS = ["", "+m1", "+m3", "+m7", "+f1", "+f2", "+f4", "+croak", "+klatt2", "+Annie"]


def commands(count):
    """`count` sentences of the demo checkpoint's grammar, every second one Chinese."""
    sys.path.insert(0, str(ROOT / "assets" / "demo" / "recipe"))
    from grammar import sample

    chosen = random.Random(448)
    speeches = []
    for index in range(count):
        english, chinese = sample(chosen)
        language = ["en", "zh"][index % 2]
        voice = (chosen.choice(ENGLISH_VOICES) if language == "en" else "cmn") + chosen.choice(VARIANTS)
        text = english if language == "en" else chinese
        name = f"command_{index:02d}_{language}"
        speeches.append(Speech(name, language, voice, text, chosen.randint(130, 190), chosen.randint(30, 70)))
    return speeches


def speak(speech, target):
    """Writes one utterance as a 16 kHz mono WAV file."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        subprocess.run(
            ["espeak-ng", "-v", speech.voice, "-s", str(speech.speed), "-p", str(speech.pitch), "-w", spoken.name, speech.text],
            check=True,
        )
        copy_as_wav(Path(spoken.name), target)


def copy_as_wav(source, target):
    """Writes a recording as a 16 kHz mono WAV file; a .raw one is 16-bit samples at that rate."""
    if source.suffix == ".raw":
        samples = source.read_bytes()
    else:
        samples = subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(source)]
            + ["-f", "s16le", "-ac", "1", "-acodec", "pcm_s16le", "-ar", str(SAMPLE_RATE), "-"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples)
