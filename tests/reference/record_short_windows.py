"""Records openai/whisper's word timestamps of windows of a few mel frames, with the demo checkpoint.

usage: record_short_windows.py     writes answers/short_windows.json, in half a minute

A window of one mel frame has no frame of encoder output, one of two or three has a single one: the
reference's alignment comes to a place before the window there. Such windows end the recording, or a
clip of it, or stand between others that go on from where they say that speech ended. The file lists
{clip, samples (first and count; absent: all), options, result}; the recordings are the demo's own.
"""

import json
import wave

from oracle_common import HERE, ROOT, load_reference

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
PLACES = [0.0, 1.17, 5.0, 12.34, 29.99, 33.5, 43.0]
FRAMES = [1, 2, 3, 4, 5]  # the last two are windows as any others
# Recordings that are short as a whole, or end in a short window: first sample and count.
PIECES = [(4800, 160 * frames) for frames in FRAMES] + [(0, 30 * 16000 + 160 * frames) for frames in (1, 2, 3)]


def clip_options():
    """Windows of each number of frames at each place, with the options in turn."""
    turn = 0
    for place in PLACES:
        for frames in FRAMES:
            end = place + frames / 100
            clips = [[place, end], [max(0.0, place - 3), place, place, end], [place, end, end, end + 4]]
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


def audio_of(case):
    import numpy as np

    with wave.open(str(CLIPS / case["clip"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    first, count = case.get("samples", (0, len(samples)))
    return samples[first : first + count]


def recorded(model, case):
    import whisper

    options = {**ALL, **case["options"]}
    result = whisper.transcribe(model, audio_of(case), fp16=False, **options)
    return {**case, "options": options, "result": result}


def main():
    model = load_reference(ROOT / "assets" / "demo" / "demo.pt")
    lines = [json.dumps(recorded(model, case), ensure_ascii=False) for case in cases()]
    (HERE / "answers" / "short_windows.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{len(lines)} cases")


if __name__ == "__main__":
    main()
