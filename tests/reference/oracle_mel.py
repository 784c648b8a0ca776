"""The reference's samples and log-mel of recordings in several containers, codecs and rates, some
of them damaged.

mel/clips/ holds the recordings. mel/clips.json lists for each the file and its sample rate; beside
it lie <name>.samples.npy (float32, as whisper.load_audio gives them), <name>.mel80.npy and
<name>.mel128.npy (float32 [n_mels, samples // 160]). mel/filters80.npy and mel/filters128.npy are
the reference's filter banks.
"""

import random
import shutil
import subprocess

import speech
from oracle_common import existing, write_json

BINS = (80, 128)
VOICES = [
    speech.Speech("left", "en", "en-gb", "The harbour lights were already on when the two boats came back.", 150, 45),
    speech.Speech("right", "de", "de+f2", "Am Abend gehen wir über die Brücke und hören der Musik zu.", 165, 60),
]
AS_THEY_ARE = ["cards/001.wav", "librivox/sense_and_sensibility_01_austen_64kb-0870.wav"]

# Name, sample rate, and what ffmpeg is told about the output; all but the mono ones are two voices,
# one on each side.
MADE = [
    ("stereo_44k.flac", 44100, ["-ac", "2"]),
    ("stereo_16k.wav", 16000, ["-ac", "2"]),
    ("mono_44k.mp3", 44100, ["-ac", "1"]),
    ("stereo_22k.ogg", 22050, ["-ac", "2", "-c:a", "libvorbis"]),
    ("stereo_48k.opus", 48000, ["-ac", "2", "-c:a", "libopus"]),
    ("stereo_48k.m4a", 48000, ["-ac", "2", "-c:a", "aac"]),
    ("mono_8k.wav", 8000, ["-ac", "1"]),
    ("mono_8k_mulaw.wav", 8000, ["-ac", "1", "-c:a", "pcm_mulaw"]),
    ("stereo_48k_24bit.wav", 48000, ["-ac", "2", "-c:a", "pcm_s24le"]),
    ("surround_96k_float.mka", 96000, ["-ac", "6", "-c:a", "pcm_f32le"]),
    ("stereo_48k.webm", 48000, ["-ac", "2", "-c:a", "libopus"]),
    ("mono_16k.flac", 16000, ["-ac", "1"]),
]

# Name, the one it is made from, the share that is kept, and how many of its bytes are changed.
DAMAGED = [
    ("cut.flac", "stereo_44k.flac", 0.6, 0),
    ("cut.mp3", "mono_44k.mp3", 0.7, 0),
    ("cut.wav", "stereo_16k.wav", 0.5, 0),
    ("corrupt.mp3", "mono_44k.mp3", 1, 40),
    ("corrupt.flac", "stereo_44k.flac", 1, 40),
    ("corrupt.webm", "stereo_48k.webm", 1, 40),
]


def inputs(context):
    return [existing(speech.POCKETSPHINX / name, "recording (Debian's pocketsphinx-testdata)") for name in AS_THEY_ARE]


def make(context, folder):
    import numpy as np
    from whisper.audio import mel_filters

    (folder / "clips").mkdir()
    clips = [copied(speech.POCKETSPHINX / name, folder) for name in AS_THEY_ARE]
    for voice in VOICES:
        speech.speak(voice, folder / f"{voice.name}.wav")
    clips += [made(name, rate, options, folder) for name, rate, options in MADE]
    for voice in VOICES:
        (folder / f"{voice.name}.wav").unlink()
    clips += [damaged(*one, folder) for one in DAMAGED]
    for clip in clips:
        record(clip["name"], folder)
    for bins in BINS:
        np.save(folder / f"filters{bins}.npy", mel_filters("cpu", bins).numpy())
    write_json(folder / "clips.json", {"clips": clips})


def copied(source, folder):
    shutil.copyfile(source, folder / "clips" / source.name)
    return {"name": source.name, "rate": 16000}


def made(name, rate, options, folder):
    """Writes both voices, one on each side, in the format that `options` and the name ask for."""
    sources = [argument for voice in VOICES for argument in ("-i", str(folder / f"{voice.name}.wav"))]
    subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", *sources, "-filter_complex", "amerge=inputs=2"]
        + ["-ar", str(rate), *options, str(folder / "clips" / name)],
        check=True,
    )
    return {"name": name, "rate": rate}


def damaged(name, source, share, changes, folder):
    """Writes the start of a clip with some bytes behind its headers changed; ffmpeg still reads it."""
    chosen = random.Random(name)
    data = bytearray((folder / "clips" / source).read_bytes())
    for _ in range(changes):
        data[chosen.randrange(4096, len(data))] = chosen.randrange(256)
    (folder / "clips" / name).write_bytes(data[: int(share * len(data))])
    rate = next(rate for made_name, rate, _ in MADE if made_name == source)
    return {"name": name, "rate": rate}


def record(name, folder):
    """Saves what the reference makes of one clip."""
    import numpy as np
    import whisper

    samples = whisper.load_audio(str(folder / "clips" / name))
    np.save(folder / f"{name}.samples.npy", samples)
    for bins in BINS:
        np.save(folder / f"{name}.mel{bins}.npy", whisper.log_mel_spectrogram(samples, bins).numpy())
