"""Plain greedy tokens of the reference: base on thirty clips (and three more where they are at
hand), the demo checkpoint on forty.

tokens/clips/*.wav are the recordings, 16 kHz mono, at most 30 s. tokens/tokens.json lists for each
model and clip the language, the tokens from start of transcript to end of text (or n_text_ctx), and
for each token after the start the margin: how far the best logit lies above the second.
"""

import speech
from oracle_common import existing, load_reference, write_json

COMMANDS = 40
SHARED = ["test_en.wav", "test_zh.wav", "jfk.flac"]
LANGUAGES = {"test_zh": "zh"}  # of the recordings that are not English


def inputs(context):
    clips = [existing(path, "recording (Debian's pocketsphinx-testdata)") for path in speech.RECORDED]
    optional = [context.base_openai, *shared_clips(context)]
    return [context.demo, *clips, *(path for path in optional if path.exists())]


def shared_clips(context):
    folder = context.shared / "clips" if context.shared else None
    return [folder / name for name in SHARED] if folder else []


def make(context, folder):
    demo_clips, base_clips = make_clips(context, folder)
    runs = [transcribed("demo", context.demo, demo_clips, folder)]
    if base_clips:
        runs.append(transcribed("base", context.base_openai, base_clips, folder))
    write_json(folder / "tokens.json", {"runs": runs})


def make_clips(context, folder):
    """Writes the recordings; returns the demo's and base's, [(name, language)] each."""
    (folder / "clips").mkdir()
    demo = [spoken(one, folder) for one in speech.commands(COMMANDS)]
    base = []
    if context.base_openai.exists():
        sources = speech.RECORDED + [path for path in shared_clips(context) if path.exists()]
        base = [recorded(path, folder) for path in sources] + [spoken(one, folder) for one in speech.SPOKEN]
    return demo, base


def spoken(one, folder):
    speech.speak(one, folder / "clips" / f"{one.name}.wav")
    return one.name, one.language


def recorded(path, folder):
    speech.copy_as_wav(path, folder / "clips" / f"{path.stem}.wav")
    return path.stem, LANGUAGES.get(path.stem, "en")


def transcribed(name, checkpoint, clips, folder):
    """What one model makes of the clips [(name, language)]."""
    model = load_reference(checkpoint)
    results = []
    for clip, language in clips:
        tokens, margins = greedy(model, folder / "clips" / f"{clip}.wav", language)
        results.append({"clip": f"{clip}.wav", "language": language, "tokens": tokens, "margins": margins})
    return {"model": name, "clips": results}


def greedy(model, clip, language):
    """(tokens, margins) of one clip: arg max after arg max, no filter, until end of text."""
    import torch
    import whisper
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, num_languages=model.num_languages, language=language, task="transcribe")
    audio = whisper.pad_or_trim(whisper.load_audio(str(clip)))
    mel = whisper.log_mel_spectrogram(audio, n_mels=model.dims.n_mels)[None]
    tokens = list(tokenizer.sot_sequence_including_notimestamps)
    margins = []
    cache, hooks = model.install_kv_cache_hooks()
    with torch.no_grad():
        encoded = model.encoder(mel)
        fed = tokens
        while tokens[-1] != tokenizer.eot and len(tokens) < model.dims.n_text_ctx:
            logits = model.decoder(torch.tensor([fed]), encoded, kv_cache=cache)[0, -1]
            best, second = logits.topk(2).values.tolist()
            fed = [int(logits.argmax())]
            tokens += fed
            margins.append(best - second)
    for hook in hooks:
        hook.remove()
    return tokens, margins
