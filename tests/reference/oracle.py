"""Makes the reference data that tests/reference compares Sotto with, once.

usage: oracle.py OUT_DIR [--base PATH] [--shared DIR] [--only NAME] [--record]

Every part is a module oracle_<name>.py, whose folder is OUT_DIR/<name>, with
  inputs(context)          the files that its data depends on, raising Absent with the reason
                           where one of them is not there;
  make(context, folder)    writes its data into the (new, empty) folder.
A part whose stamp is current is left as it is: the stamp covers the scripts, the inputs and the
versions of the reference. A part is written beside its place and renamed, so it is there or not.
What took long lies in the repository for the stamp that it was computed with (recorded_answers.py).
"""

import argparse
import importlib
import sys
import time
from pathlib import Path

import recorded_answers
from oracle_common import Absent, Context, replace_folder, stamp_of

PARTS = ["base", "tensors", "tokens", "words", "formats", "mel", "tokenizer", "vad", "writers", "transcripts"]
RECORDED = ["tokens", "words", "transcripts"]  # parts of minutes, with a make_clips(context, folder)


def make_part(context, name):
    """Makes one part unless it is current; returns what was done, in a few words."""
    part = importlib.import_module("oracle_" + name)
    folder = context.out / name
    try:
        stamp = stamp_of(context, part)
    except Absent as reason:
        return f"left out: {reason}"
    recorded = folder / "stamp"
    if recorded.is_file() and recorded.read_text() == stamp:
        return "current"
    started = time.monotonic()
    with replace_folder(folder) as new:
        restored = name in RECORDED and recorded_answers.restore(context, name, part, new, stamp)
        if not restored:
            part.make(context, new)
        (new / "stamp").write_text(stamp)
    return f"{'restored' if restored else 'made'} in {time.monotonic() - started:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--base", type=Path, help="Whisper base: a CTranslate2 folder, its model.bin, or base.pt")
    parser.add_argument("--shared", type=Path, help="a folder with clips/ and seed/outputs/ recorded elsewhere")
    parser.add_argument("--vad", type=Path, help="the wheel of the package silero-vad")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone (may be repeated)")
    parser.add_argument("--record", action="store_true", help="keep the slowest parts' answers in the repository")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    context = Context(arguments.out.resolve(), arguments.base, arguments.shared, arguments.vad)
    for name in arguments.only or PARTS:
        print(f"oracle {name}: {make_part(context, name)}", flush=True)
        if arguments.record and name in RECORDED and (context.out / name).is_dir():
            recorded_answers.record(name, context.out / name)


if __name__ == "__main__":
    sys.exit(main())
