"""The recordings that oracle_transcripts.py transcribes: 16 kHz mono WAV files."""

import random
import wave
from dataclasses import replace

import speech
from oracle_common import ROOT, existing

RATE = speech.SAMPLE_RATE
DEMO = [ROOT / "assets" / "demo" / "clips" / f"{name}.wav" for name in ("demo_en", "demo_zh", "demo_long")]
COMMANDS = 24

FERRY, NUMBERS, SCOTLAND, LONG = speech.SPOKEN[:4]
# Further languages, and English spoken slower, faster, lower and higher.
SPOKEN = [
    speech.Speech("zh_tianqi", "zh", "cmn", "今天天气很好，我们下午一起去公园散步吧。", 150),
    speech.Speech("ja_asa", "ja", "ja", "あしたの あさ、ともだちと えきで あいます。", 150),
    speech.Speech("ko_annyeong", "ko", "ko", "안녕하세요, 오늘 저녁에 같이 밥을 먹을까요?", 150),
    speech.Speech("ar_salam", "ar", "ar", "السلام عليكم، كيف حالك اليوم؟", 140),
    speech.Speech("hi_namaste", "hi", "hi", "नमस्ते, आज हम बाज़ार जा रहे हैं।", 140),
    speech.Speech("el_kalimera", "el", "el", "Καλημέρα, σήμερα θα πάμε στη θάλασσα.", 150),
    replace(FERRY, name="ferry_slow", speed=90),
    replace(FERRY, name="ferry_racing", speed=320),
    replace(FERRY, name="ferry_low", pitch=5),
    replace(FERRY, name="ferry_high", pitch=95, voice="en-us+f4"),
    replace(NUMBERS, name="numbers_croaked", voice="en-us+croak"),
    replace(LONG, name="en_long_fast", speed=260),
]


def inputs():
    recorded = [existing(path, "recording (Debian's pocketsphinx-testdata)") for path in speech.RECORDED]
    return [*recorded, *DEMO]


def write(path, samples):
    """Writes samples between −1 and 1; beyond that they are clipped."""
    import numpy as np

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())


def read(path):
    """Samples as whisper.load_audio gives them of these files."""
    import numpy as np

    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def make_clips(folder):
    """Writes all recordings into `folder`."""
    for path in speech.RECORDED + DEMO:
        speech.copy_as_wav(path, folder / f"{path.stem}.wav")
    commands = speech.commands(COMMANDS)
    for one in speech.SPOKEN + SPOKEN + commands:
        speech.speak(one, folder / f"{one.name}.wav")
    english = [read(folder / f"{one.name}.wav") for one in commands if one.language == "en"]
    both = [read(folder / f"{one.name}.wav") for one in commands]
    stories = [read(folder / f"{path.stem}.wav") for path in speech.RECORDED]
    stories += [read(folder / f"{one.name}.wav") for one in speech.SPOKEN[:5]]
    made = {
        "commands_35s": joined(english, 35, 0.6), "commands_61s": joined(english, 61, 0.4),
        "commands_5min": joined(both, 300, 1.5), "story_35s": joined(stories, 35, 0.5),
        "story_61s": joined(stories, 61, 0.5), "story_5min": joined(stories, 300, 2.0),
        **altered(read(folder / "en_ferry.wav"), "ferry"), **altered(english[0], "command"), **tones(),
    }  # fmt: skip
    for name, samples in made.items():
        write(folder / f"{name}.wav", samples)


def joined(parts, seconds, longest_pause):
    """The parts in a varied order, with pauses up to `longest_pause`, cut after `seconds`."""
    import numpy as np

    chosen = random.Random(seconds)
    pieces = []
    while sum(map(len, pieces)) < seconds * RATE:
        for part in chosen.sample(parts, len(parts)):
            pieces += [part, quiet(chosen.uniform(0.1, longest_pause))]
    return np.concatenate(pieces)[: seconds * RATE]


def quiet(seconds):
    import numpy as np

    return np.zeros(int(seconds * RATE), np.float32)


def altered(speech_samples, name):
    """One utterance overdriven, in noise, over music, late, and at the edges of the window."""
    import numpy as np

    noise = np.random.default_rng(1).normal(0, 1, len(speech_samples)).astype(np.float32)
    length = len(speech_samples) / RATE
    return {
        f"{name}_overdriven": speech_samples * 12,
        f"{name}_faint": speech_samples * 0.01,
        f"{name}_noisy": speech_samples + noise * 0.05,
        f"{name}_music": speech_samples * 0.7 + chords(length)[: len(speech_samples)] * 0.3,
        f"{name}_late": np.concatenate([quiet(14), speech_samples]),
        f"{name}_at_end": np.concatenate([quiet(30 - length), speech_samples])[: 30 * RATE],
        f"{name}_over_edge": np.concatenate([quiet(30 - length / 2), speech_samples, quiet(3)]),
        f"{name}_cut": speech_samples[: len(speech_samples) // 2],
        f"{name}_300ms": speech_samples[RATE // 2 : RATE // 2 + 3 * RATE // 10],
    }


def chords(seconds):
    import numpy as np

    time = np.arange(int(seconds * RATE) + 1) / RATE
    roots = 220 * 2 ** (np.array([0, 5, 7, 3])[(time / 1.5).astype(int) % 4] / 12)
    wave_of = [np.sin(2 * np.pi * np.cumsum(roots * ratio) / RATE) for ratio in (1, 1.25, 1.5, 2)]
    return (sum(wave_of) / 4 * np.exp(-2 * (time % 0.75))).astype(np.float32)


def tones():
    """What is no speech, and what is hardly anything."""
    import numpy as np

    noise = np.random.default_rng(2).normal(0, 0.3, 12 * RATE)
    time = np.arange(10 * RATE) / RATE
    return {
        "silence_5s": quiet(5), "silence_35s": quiet(35), "white_noise": noise, "quiet_noise": noise * 0.003,
        "chords": chords(20), "sweep": 0.5 * np.sin(2 * np.pi * (100 + 350 * time) * time),
        "hum": 0.2 * np.sin(2 * np.pi * 50 * time),
        "samples_100": noise[:100], "samples_160": noise[:160], "noise_50ms": noise[:800],
        "noise_300ms": noise[:4800],
    }  # fmt: skip
