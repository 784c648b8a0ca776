"""Whole transcripts of the reference at temperature 0, with the margins of its decisions.

transcripts/clips/*.wav are the recordings. transcripts/<group>.json lists the cases of one group
(transcript_cases.py): the model ("base", "demo", "tiny_random"), the clip, the options given to
whisper.transcribe(), the result that it returned, and as `language_margin` and `windows` how
narrowly it decided (reference_margins.py).
"""

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor

import reference_margins
import transcript_cases
import transcript_clips
from oracle_common import load_reference, write_json

PROCESSES = 2
# Words that are one token each, which the demo checkpoint knows as well.
PROMPT_WORDS = "Turn on the light in the kitchen and set the timer for ten minutes".split()


def checkpoints(context):
    tiny = context.out / "tensors" / "tiny_random" / "model.pt"
    return {"demo": context.demo, "tiny": tiny, "base": context.base_openai}


def inputs(context):
    return [*transcript_clips.inputs(), *(path for path in checkpoints(context).values() if path.exists())]


def make_clips(context, folder):
    (folder / "clips").mkdir()
    transcript_clips.make_clips(folder / "clips")


def make(context, folder):
    make_clips(context, folder)
    groups = {}
    for group, model, clip, options in transcript_cases.cases():
        groups.setdefault((group, model), []).append((clip, options))
    # Two processes of one thread each use two cores better than one of two threads. They are
    # spawned, not forked, for torch's threads do not outlive a fork.
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        running = [
            pool.submit(record, checkpoints(context)[model], checkpoint_name(model), members, folder, group)
            for (group, model), members in groups.items()
            if checkpoints(context)[model].exists()
        ]
        for one in running:
            one.result()


def record(checkpoint, name, members, folder, group):
    """Writes the cases of one group, [(clip, options)]."""
    import torch

    torch.set_num_threads(1)
    model = remembering(load_reference(checkpoint))
    recorded = [recorded_case(model, clip, options, folder) for clip, options in members]
    write_json(folder / f"{group}.json", {"model": name, "cases": recorded})


def checkpoint_name(model):
    """As the tests know it."""
    return "tiny_random" if model == "tiny" else model


def remembering(model):
    """`model`, whose encoder gives again what it made of the last few windows."""
    compute = model.encoder.forward
    outputs = {}

    def forward(mel):
        key = hash(mel.numpy().tobytes())
        if key not in outputs:
            outputs[key] = compute(mel)
            if len(outputs) > 64:
                del outputs[next(iter(outputs))]
        return outputs[key]

    model.encoder.forward = forward
    return model


def recorded_case(model, clip, options, folder):
    import whisper

    options = {"temperature": 0.0, **options}
    for name, value in options.items():
        if isinstance(value, str) and (wanted := re.fullmatch(r"{prompt:(\d+)}", value)):
            options[name] = text_of(int(wanted[1]))
    audio = transcript_clips.read(folder / "clips" / f"{clip}.wav")
    thresholds = {name: options[name] for name in ("no_speech_threshold", "logprob_threshold") if name in options}
    with reference_margins.Watch(**thresholds) as watch:
        result = whisper.transcribe(model, audio, fp16=False, **options)
    return {
        "clip": f"{clip}.wav", "options": options, "result": result,
        "language_margin": watch.language, "windows": watch.windows,
    }  # fmt: skip


def text_of(count):
    """A text of exactly `count` tokens."""
    words = (PROMPT_WORDS * (count // len(PROMPT_WORDS) + 1))[:count]
    text = " ".join(words)
    assert token_count(text) == count
    return text


def token_count(text):
    from whisper.tokenizer import get_tokenizer

    return len(get_tokenizer(True).encode(" " + text))
