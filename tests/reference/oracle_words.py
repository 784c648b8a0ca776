"""Word timestamps of the reference: base on twenty-one clips (as many as are at hand), with its
published alignment heads and with the default ones; the demo checkpoint on twelve.

words/clips/*.wav are the recordings, 16 kHz mono. words/words.json lists for each model and its
alignment heads (none: the default) and for each clip the language, the whole result of transcribe(),
and every window whose words were timed: the first mel frame (seek) and the number of frames, when
speech before it ended, and its segments before and after. words/matrix.npy is what the first window
of the first clip has dynamic time warping run on: attention by place, [text tokens + 1, places], and
words/path.npy the path found, [2, steps].
"""

import copy
import importlib
import wave

import speech
from oracle_common import existing, load_reference, write_json

PUBLISHED = [[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]]  # of base
SHARED = ["test_en.wav", "test_zh.wav", "jfk.flac"]
LANGUAGES = {"test_zh": "zh"}  # of the recordings that are not English
RECORDED = [speech.POCKETSPHINX / name for name in speech.LIBRIVOX + speech.RAW]
# Over thirty seconds together: several windows, of which all but the first begin after speech.
JOINED = [path for path in RECORDED if path.suffix == ".wav"]
SPOKEN = ["en_ferry", "en_long", "en_fast", "de_bahnhof", "de_long", "fr_marche", "es_tren", "it_casa", "ru_pismo", "pl_pociag"]
JAPANESE = speech.Speech("ja_asa", "ja", "ja", "おはようございます。今日は天気がいいので、公園まで歩きましょう。")
COMMANDS = 12


def inputs(context):
    clips = [existing(path, "recording (Debian's pocketsphinx-testdata)") for path in RECORDED]
    optional = [context.base_openai, *shared_clips(context)]
    return [context.demo, *clips, *(path for path in optional if path.exists())]


def shared_clips(context):
    folder = context.shared / "clips" if context.shared else None
    return [folder / name for name in SHARED] if folder else []


def make(context, folder):
    base_clips, demo_clips = make_clips(context, folder)
    runs = []
    if base_clips:
        runs.append(timed("base", context.base_openai, PUBLISHED, base_clips, folder))
        runs.append(timed("base", context.base_openai, None, base_clips, folder))
    runs.append(timed("demo", context.demo, None, demo_clips, folder))
    write_json(folder / "words.json", {"runs": runs})


def make_clips(context, folder):
    """Writes the recordings; returns base's and the demo's, [(name, language)] each."""
    (folder / "clips").mkdir()
    base = []
    if context.base_openai.exists():
        base = [recorded(path, folder) for path in RECORDED + [one for one in shared_clips(context) if one.exists()]]
        base.append(joined(folder))
        base += [spoken(one, folder) for one in speech.SPOKEN if one.name in SPOKEN]
        base.append(spoken(JAPANESE, folder))
    return base, [spoken(one, folder) for one in speech.commands(COMMANDS)]


def spoken(one, folder):
    speech.speak(one, folder / "clips" / f"{one.name}.wav")
    return one.name, one.language


def recorded(path, folder):
    speech.copy_as_wav(path, folder / "clips" / f"{path.stem}.wav")
    return path.stem, LANGUAGES.get(path.stem, "en")


def joined(folder):
    with wave.open(str(folder / "clips" / "joined.wav"), "wb") as whole:
        for path in JOINED:
            with wave.open(str(folder / "clips" / f"{path.stem}.wav")) as part:
                if whole.getnframes() == 0:
                    whole.setparams(part.getparams())
                whole.writeframes(part.readframes(part.getnframes()))
    return "joined", "en"


def timed(name, checkpoint, heads, clips, folder):
    """What one model makes of the clips [(name, language)]."""
    model = load_reference(checkpoint)
    if heads is not None:
        set_heads(model, heads)
    recorder = Recorder(folder)
    results = [recorder.transcribe(model, clip, language) for clip, language in clips]
    return {"model": name, "heads": heads, "clips": results}


def set_heads(model, heads):
    import torch

    mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    for layer, head in heads:
        mask[layer, head] = True
    model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)


class Recorder:
    """Transcribes clips and keeps what goes into the timing of words and what comes out."""

    def __init__(self, folder):
        self.folder = folder

    def transcribe(self, model, clip, language):
        transcribing = importlib.import_module("whisper.transcribe")
        timing = importlib.import_module("whisper.timing")
        original, warping = transcribing.add_word_timestamps, timing.dtw
        windows = []

        def recording(*, segments, num_frames, last_speech_timestamp, **others):
            before = copy.deepcopy(segments)
            original(segments=segments, num_frames=num_frames, last_speech_timestamp=last_speech_timestamp, **others)
            if segments:
                window = {"seek": before[0]["seek"], "frames": int(num_frames), "last_speech": float(last_speech_timestamp)}
                windows.append({**window, "before": before, "after": copy.deepcopy(segments)})

        transcribing.add_word_timestamps = recording
        timing.dtw = self.recorded_warping(warping)
        try:
            path = self.folder / "clips" / f"{clip}.wav"
            result = transcribing.transcribe(
                model, str(path), language=language, temperature=0.0, word_timestamps=True, fp16=False
            )
        finally:
            transcribing.add_word_timestamps, timing.dtw = original, warping
        return {"clip": f"{clip}.wav", "language": language, "result": result, "windows": windows}

    def recorded_warping(self, warping):
        """Like `warping`; the first matrix and path are stored."""
        import numpy as np

        def recording(costs):
            path = warping(costs)
            if not (self.folder / "path.npy").exists():
                np.save(self.folder / "matrix.npy", -costs.numpy())
                np.save(self.folder / "path.npy", np.ascontiguousarray(path, dtype=np.int32))
            return path

        return recording
