"""The files that the reference's writers make of many results: real ones and made-up ones.

writers/results.json is a list of {name, result, json, texts, cases}: a result as transcribe() gives
it, with null for NaN; what WriteJSON makes of it; the distinct files of the other formats; and for
each way of writing [format, max_line_width, max_line_count, max_words_per_line, highlight_words,
index of its text]. Ways that the reference itself cannot go (words in some segments only) are left out.
"""

import itertools
import json
import math
import random
import tempfile
from pathlib import Path

import speech
from oracle_common import load_reference, write_json

WIDTHS, COUNTS, WORDS = [None, 0, 1, 12, 42], [None, 0, 1, 2], [None, 0, 1, 3]
CLIPS = ["demo_en", "demo_long", "demo_zh"]
ENDLESS = ["demo_long"]  # with the times of words, the reference hears one window of it for ever
SPOKEN = ["de_bahnhof", "ru_pismo"]
MADE = 80

SPACES = ["\u00a0", "\u0085", "\u2003", "\u2028", "\u3000", "\x1c", "\x1f", "\t", "\n", "\r", "\r\n", "  "]
NOT_SPACES = ["\u200b", "\ufeff", "\u180e"]
PIECES = [
    "Hello", "world.", "--", "-->", "--->", "a-->b", "<b>", "naïve", "東京", "こんにちは。", "مرحبا", "\u200fשלום",
    "👩‍🔬", "😀", "e\u0301", "\\", "\"quoted\"", "\x00", "\x7f", "\ufffd", "\U0010ffff", "line\nbreak", "tab\tbed",
    "two\n\nbreaks", "end\n", "u", "Donaudampfschifffahrtsgesellschaftskapitän", "/",
]  # fmt: skip


def inputs(context):
    clips = [path for path in demo_clips() if path.exists()]
    return [context.demo, *clips, *([context.base_openai] if context.base_openai.exists() else [])]


def demo_clips():
    from oracle_common import ROOT

    return [ROOT / "assets" / "demo" / "clips" / f"{name}.wav" for name in CLIPS]


def make(context, folder):
    results = [*real_results(context), *edge_results(), *made_results()]
    write_json(folder / "results.json", [written(name, result) for name, result in results])


def real_results(context):
    yield from transcribed(context.demo, demo_clips(), [False, True])
    if not context.base_openai.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        clips = []
        for one in speech.SPOKEN:
            if one.name in SPOKEN:
                clips.append(Path(folder) / f"{one.name}.wav")
                speech.speak(one, clips[-1])
        yield from transcribed(context.base_openai, clips, [True])


def transcribed(checkpoint, clips, with_words):
    import whisper

    model = load_reference(checkpoint)
    for clip, timed in itertools.product(clips, with_words):
        if timed and clip.stem in ENDLESS:
            continue
        result = whisper.transcribe(model, str(clip), word_timestamps=timed, temperature=0.0, fp16=False)
        yield f"{checkpoint.stem} {clip.stem}{' words' if timed else ''}", result


def segment(chosen, index, start, end, text, words=None):
    made = {
        "id": index,
        "seek": index * 3000,
        "start": start,
        "end": end,
        "text": text,
        "tokens": [chosen.randrange(51865) for _ in range(chosen.choice([0, 1, 5]))],
        "temperature": chosen.choice([0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]),
        "avg_logprob": chosen.choice([-chosen.random(), -1e-5, math.nan, -0.0, -123456.75]),
        "compression_ratio": chosen.choice([chosen.random() * 3, 1e16, 12345678901234567.0, 5e-324]),
        "no_speech_prob": chosen.choice([chosen.random(), 10 ** -chosen.uniform(1, 20), 0.0001, 0.00001]),
    }
    return made if words is None else {**made, "words": words}


def edge_results():
    chosen = random.Random(448)
    yield "nothing", {"text": "", "segments": [], "language": "en"}
    yield "silence", {"text": "", "segments": [segment(chosen, 0, 1.5, 1.5, "", [])], "language": "en"}
    later = [segment(chosen, 0, 0.0, 1.0, " --> "), segment(chosen, 1, 1.0, 2.0, "", [])]
    yield "words in the second segment", {"text": " --> ", "segments": later, "language": "ja"}
    lines = ["\n a\nb", "\n", " \n ", "a\n", "a\n\n", "", " ", "\n\nx", "x\r", "\u2028x"]
    words = [timing(chosen, text, 2.0 + i, 2.5 + i) for i, text in enumerate(lines)]
    yield "line breaks in words", {"text": "", "segments": [segment(chosen, 0, 0.0, 9.0, "", words)], "language": "en"}
    many = [timing(chosen, " x", i * 0.1, i * 0.1 + 0.1) for i in range(1203)]
    yield "a thousand words", {"text": "", "segments": [segment(chosen, 0, 0.0, 120.3, "", many)], "language": "en"}


def timing(chosen, text, start, end):
    return {"word": text, "start": start, "end": end, "probability": chosen.random()}


def made_results():
    chosen = random.Random(20250625)
    for index in range(MADE):
        timed = index % 2 == 1
        clock = chosen.choice([0.0, 0.0, 59.9994, 3599.98, 86399.5, 360000.0])
        segments = []
        for number in range(chosen.choice([1, 1, 2, 3, 5])):
            words = []
            for _ in range(chosen.choice([0, 1, 2, 5, 12])):
                start = clock + chosen.choice([0.0, 0.0, 0.0, 0.1, 2.9995, 3.0, 3.0005, 4.5])
                clock = start + chosen.choice([0.0, 0.02, 0.0005, 0.0015, 0.0025, chosen.random()])
                words.append(timing(chosen, word(chosen), start, clock))
            text = "".join(one["word"] for one in words)
            first, last = (words[0]["start"], clock) if words else (clock, clock)
            segments.append(segment(chosen, number, first, last, text, words if timed else None))
        text = "".join(one["text"] for one in segments)
        yield f"made {index}", {"text": text, "segments": segments, "language": chosen.choice(["en", "ar", "yue"])}


def word(chosen):
    around = lambda: chosen.choice(["", "", "", " ", chosen.choice(SPACES), chosen.choice(NOT_SPACES)])  # noqa: E731
    return chosen.choice([" ", " ", " ", around()]) + "".join(chosen.choices(PIECES, k=chosen.choice([1, 1, 2]))) + around()


def written(name, result):
    ways = [("txt", None, None, None, False), ("tsv", None, None, None, False)]
    is_long = any(len(one.get("words", [])) > 100 for one in result["segments"])
    highlight = [False] if is_long else [False, True]  # a subtitle a word, each with all words
    ways += itertools.product(["vtt", "srt"], WIDTHS, COUNTS, WORDS, highlight)
    texts, cases = [], []
    for way in ways:
        text = output(result, *way)
        if text is None:
            continue
        if text not in texts:
            texts.append(text)
        cases.append([*way, texts.index(text)])
    return {
        "name": name,
        "result": json.loads(json.dumps(result), parse_constant=lambda _: None),
        "json": output(result, "json"),
        "texts": texts,
        "cases": cases,
    }


def output(result, file_format, width=None, count=None, words=None, highlight=False):
    """The file's text, or None where the reference fails."""
    from whisper.utils import get_writer

    options = {
        "max_line_width": width,
        "max_line_count": count,
        "max_words_per_line": words,
        "highlight_words": highlight,
    }
    with tempfile.TemporaryDirectory() as folder:
        try:
            get_writer(file_format, folder)(result, "a.wav", **options)
        except KeyError:
            return None
        return (Path(folder) / f"a.{file_format}").read_bytes().decode()
