"""The answers of Silero VAD's own package, run by torch, on speech and on what is none.

vad/clips.json lists the recordings. Of each, <name>.wav (16 kHz mono, 16 bits) lies beside
<name>.probabilities.npy (float32, one for each 512 samples) and <name>.spans.npy (int32, first and
last sample of each span of speech in turn; absent where there is none).
"""

import sys
import tempfile
import wave
import zipfile

import speech
from oracle_common import Absent, existing, write_json

LIBRIVOX = speech.POCKETSPHINX / "librivox"
PERSON = LIBRIVOX / "sense_and_sensibility_01_austen_64kb-0870.wav"
RATE = 16000
CHUNK = 512
CHORD = (220, 277.2, 329.6, 440, 554.4)
VOICES = [
    speech.Speech("one", "en", "en-gb", "The harbour lights were already on when the two boats came back.", 150, 45),
    speech.Speech("two", "de", "de+f2", "Am Abend gehen wir über die Brücke und hören der Musik zu.", 165, 60),
]


def inputs(context):
    if not speech.POCKETSPHINX.exists():
        raise Absent("no recordings (Debian's pocketsphinx-testdata)")
    return [existing(context.vad, "wheel of silero-vad"), existing(PERSON, "recording")]


def make(context, folder):
    import numpy as np
    import torch

    clips = made_clips(folder)
    (folder / "spoken.wav").unlink()
    with tempfile.TemporaryDirectory() as unpacked:
        package = silero(context.vad, unpacked)
        model = package.load_silero_vad()
    for name, samples in clips.items():
        write_wav(folder / f"{name}.wav", samples)
        audio = torch.from_numpy(samples.astype(np.float32) / 32768)
        np.save(folder / f"{name}.probabilities.npy", np.array(probabilities(model, audio), dtype=np.float32))
        spans = package.get_speech_timestamps(audio, model)
        if spans:
            ends = [end for span in spans for end in (span["start"], span["end"])]
            np.save(folder / f"{name}.spans.npy", np.array(ends, dtype=np.int32))
    write_json(folder / "clips.json", {"clips": sorted(clips)})


def silero(wheel, folder):
    """The package, unpacked into `folder`. It asks for `packaging`, which pip brings along."""
    from pip._vendor import packaging
    from pip._vendor.packaging import version

    sys.modules.setdefault("packaging", packaging)
    sys.modules.setdefault("packaging.version", version)
    zipfile.ZipFile(wheel).extractall(folder)
    sys.path.insert(0, folder)
    import silero_vad

    return silero_vad


def probabilities(model, audio):
    """Of every chunk, the last one filled up with zeros."""
    import torch

    model.reset_states()
    with torch.no_grad():
        padded = torch.nn.functional.pad(audio, (0, -len(audio) % CHUNK))
        return [model(chunk, RATE).item() for chunk in padded.split(CHUNK)]


def made_clips(folder):
    """16-bit samples by name."""
    import numpy as np

    person = wav_samples(PERSON, folder)
    readings = [wav_samples(path, folder) for path in sorted(LIBRIVOX.glob("*.wav"))]
    voices = [wav_samples(spoken(voice, folder), folder) for voice in VOICES]
    random = np.random.default_rng(16)
    noise = random.normal(0, 1, 10 * RATE)
    time = np.arange(12 * RATE) / RATE
    chords = sum(np.sin(2 * np.pi * hz * time * (1 + 0.001 * np.sin(5 * time))) / n for n, hz in enumerate(CHORD, 1))
    beat = 0.5 + 0.5 * np.cos(2 * np.pi * 2 * time)
    silence = np.zeros(4 * RATE)
    in_noise = person[: 8 * RATE] * 0.5 + 600 * random.normal(0, 1, min(8 * RATE, len(person)))
    clips = {
        "person": person,
        "readings": np.concatenate(readings),
        "person_in_noise": in_noise,
        "voices": np.concatenate(voices),
        "long_pauses": np.concatenate([silence, voices[0], silence, person[: 3 * RATE + 77], silence, voices[1], silence]),
        "pieces": np.concatenate(list(pieces(np.concatenate(readings), random))),
        "cut_in_speech": voices[0][: RATE + 13],
        "silence": silence,
        "hum": 900 * np.sin(2 * np.pi * 50 * time),
        "soft_noise": 40 * noise,
        "loud_noise": 6000 * noise,
        "music": 5000 * chords * beat,
        "one_sample": np.array([1000]),
        "one_chunk": person[RATE : RATE + CHUNK],
        "half_a_chunk_more": person[RATE : RATE + 9 * CHUNK + CHUNK // 2],
    }
    return {name: np.clip(np.rint(samples), -32768, 32767).astype(np.int16) for name, samples in clips.items()}


def pieces(samples, random):
    """Pieces of 0.1 to 0.9 s with pauses of 0.05 to 0.6 s between them."""
    import numpy as np

    position = 0
    while position < len(samples):
        length = random.integers(RATE // 10, 9 * RATE // 10)
        yield samples[position : position + length]
        yield np.zeros(random.integers(RATE // 20, 6 * RATE // 10))
        position += length


def spoken(voice, folder):
    target = folder / "spoken.wav"
    speech.speak(voice, target)
    return target


def wav_samples(path, folder):
    import numpy as np

    target = folder / "read.wav"
    speech.copy_as_wav(path, target)
    with wave.open(str(target), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    target.unlink()
    return samples


def write_wav(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
