"""Encoder output and logits of the reference, for four models: base, the demo checkpoint, and
random weights of tiny's shapes and of large-v3's cut to two layers a side.

tensors/<model>/: model.pt (random ones only), mel.npy [1, n_mels, 3000], encoder.npy [1, 1500, d],
tokens.npy [448], and for each length n of LENGTHS logits_<n>.npy: the rows ROWS[n] of the logits
[n, n_vocab] for the first n tokens. tensors/rows.json holds ROWS.
"""

import numpy

from oracle_common import ROOT, load_reference, save_openai, write_json
from reference_models import LARGE_V3_CUT, TINY, random_model, varied_tokens

# Which rows are kept of the logits for so many tokens.
ROWS = {1: [0], 7: list(range(7)), 64: [0, 31, 63], 100: [0, 50, 99], 448: [0, 100, 223, 224, 383, 447]}
CLIP = ROOT / "assets" / "demo" / "clips" / "demo_en.wav"
RANDOM = {"tiny_random": TINY, "large_v3_cut_random": LARGE_V3_CUT}


def inputs(context):
    return [context.demo, CLIP] + [path for path in [context.base_openai] if path.exists()]


def make(context, folder):
    for name, dims in RANDOM.items():
        (folder / name).mkdir()
        save_openai(folder / name / "model.pt", *random_model(dims))
        record_model(folder / name / "model.pt", folder / name)
    published = {"demo": context.demo, "base": context.base_openai}
    for name, checkpoint in published.items():
        if checkpoint.exists():
            (folder / name).mkdir()
            record_model(checkpoint, folder / name)
    write_json(folder / "rows.json", {str(length): rows for length, rows in ROWS.items()})


def record_model(checkpoint, folder):
    """Runs the reference on one model and writes what went in and what came out."""
    import torch
    import whisper

    model = load_reference(checkpoint)
    audio = whisper.pad_or_trim(whisper.load_audio(str(CLIP)))
    mel = whisper.log_mel_spectrogram(audio, n_mels=model.dims.n_mels)[None]
    tokens = varied_tokens(model)
    with torch.no_grad():
        encoded = model.encoder(mel)
        numpy.save(folder / "mel.npy", mel.numpy())
        numpy.save(folder / "encoder.npy", encoded.numpy())
        numpy.save(folder / "tokens.npy", tokens.numpy().astype(numpy.int32))
        for length, rows in ROWS.items():
            logits = model.decoder(tokens[None, :length], encoded)[0]
            numpy.save(folder / f"logits_{length}.npy", logits[rows].numpy())
