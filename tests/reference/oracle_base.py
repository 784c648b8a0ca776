"""Whisper base in OpenAI's format, from whatever form of it the user has."""

import os
import shutil

from ctranslate2_format import is_ctranslate2, read_ctranslate2, weights_file
from oracle_common import existing, save_openai


def inputs(context):
    base = existing(context.base, "checkpoint of Whisper base (--base)")
    return [weights_file(base) if is_ctranslate2(base) else base]


def make(context, folder):
    target = folder / "base.pt"
    if is_ctranslate2(context.base):
        save_openai(target, *read_ctranslate2(weights_file(context.base)))
        return
    try:
        os.link(context.base, target)
    except OSError:
        shutil.copyfile(context.base, target)
