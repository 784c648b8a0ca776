"""Records openai/whisper's word timestamps of windows of a few mel frames, with the demo checkpoint.

usage: record_short_windows.py     writes answers/short_windows.json, in half a minute

A window of one mel frame has no frame of encoder output, one of two or three has a single one: the
reference's alignment comes to a place before the window there. Such windows end the recording, or a
clip of it, or stand between others that go on from where they say that speech ended. The file lists
{clip, samples (first and count; absent: all), options, result, windows (the rounding of the
reference's own log-probabilities, as in reference_margins.py)}; the recordings are the demo's own.
"""

import json
import signal
import wave

import reference_margins
from oracle_common import HERE, ROOT, load_reference

DEMO = ROOT / "assets" / "demo" / "demo.pt"
CLIPS = ROOT / "assets" / "demo" / "clips"
ALL = {"word_timestamps": True, "language": "en", "temperature": 0.0, "no_speech_threshold": None}
OPTIONS = [
    {},
    {"beam_size": 5},
    {"without_timestamps": True},
    {"condition_on_previous_text": False},
    {"hallucination_silence_threshold": 0.5},
    {"hallucination_silence_threshold": 2.0, "beam_size": 3},
    {"initial_prompt": "Turn on the light"},
    {"prefix": "Close the"},
    {"suppress_blank": False, "suppress_tokens": ""},
    {"max_initial_timestamp": None},
]
# Where the short window begins, in seconds; it follows on others, stands alone, or others follow.
PLACES = [0.0, 1.17, 12.34, 29.99, 43.0]
PATIENCE = 40  # seconds of computing; a case takes five
END = 43.11  # of the recording; the reference hears a clip that goes on behind it for ever
FRAMES = [1, 2, 3, 5]  # the last is a window as any other
# Recordings that are short as a whole, or end in a short window: first sample and count.
PIECES = [(4800, 160 * frames) for frames in FRAMES] + [(0, 30 * 16000 + 160 * frames) for frames in (1, 2)]
# Nine short windows in one recording, each with words, for the model has to go on from the prefix.
ROW = [1.17, 1.18, 3.0, 3.02, 5.0, 5.03, 7.5, 7.51, 12.34, 12.36, 20.0, 20.03, 29.99, 30.0, 33.5, 33.52, 40.0, 40.03]
ROW_OPTIONS = [
    {"prefix": "Close the"},
    {"prefix": "Turn on", "beam_size": 3},
    {"prefix": "Close the", "without_timestamps": True},
    {"prefix": "Turn on", "hallucination_silence_threshold": 0.5},
    {"prefix": "Close the", "initial_prompt": "Turn on the light", "condition_on_previous_text": False},
]


def clip_options():
    """Windows of each number of frames at each place, with the options in turn."""
    turn = 0
    for place in PLACES:
        for frames in FRAMES:
            end = place + frames / 100
            clips = [[place, end], [max(0.0, place - 3), place, place, end], [place, end, end, min(end + 4, END)]]
            own = OPTIONS[turn % len(OPTIONS)]
            yield {"clip_timestamps": [round(time, 2) for time in clips[turn % len(clips)]], **own}
            turn += 1


def cases():
    for options in clip_options():
        yield {"clip": "demo_long.wav", "options": options}
    for turn, piece in enumerate(PIECES):
        yield {"clip": "demo_long.wav", "samples": piece, "options": {}}
        yield {"clip": "demo_en.wav", "samples": (16000, piece[1] % 16000), "options": OPTIONS[turn]}
    yield {"clip": "demo_long.wav", "options": {"clip_timestamps": [0, 2, 5, 5.01]}}
    for own in ROW_OPTIONS:
        yield {"clip": "demo_long.wav", "options": {"clip_timestamps": ROW, **own}}


def audio_of(case):
    import numpy as np

    with wave.open(str(CLIPS / case["clip"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    first, count = case.get("samples", (0, len(samples)))
    return samples[first : first + count]


def recorded(model, case):
    import whisper

    options = {**ALL, **case["options"]}
    with reference_margins.Watch(no_speech_threshold=options["no_speech_threshold"]) as watch:
        result = whisper.transcribe(model, audio_of(case), fp16=False, **options)
    windows = [{"seek": window["seek"], "rounding": window["rounding"]} for window in watch.windows]
    return {**case, "options": options, "result": result, "windows": windows}


class Endless(Exception):
    """A case that the reference does not come to the end of."""


def raise_endless(_signal, _frame):
    raise Endless


def main():
    model = load_reference(DEMO)
    lines = []
    signal.signal(signal.SIGVTALRM, raise_endless)
    for case in cases():
        print(len(lines), case["clip"], case.get("samples", ""), case["options"], flush=True)
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        try:
            lines.append(json.dumps(recorded(model, case), ensure_ascii=False))
        except Endless:
            print("  left out: it hears one window for ever")
            model = load_reference(DEMO)  # for hooks stay on the other
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    (HERE / "answers" / "short_windows.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
