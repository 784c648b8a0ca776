#!/usr/bin/env python3
"""What another precision does to the text: a folder of recordings written down twice by Sotto.

Counts equal texts and word errors of the second against the first, of all recordings and of the
clear ones: those that the first is sure of, by the threshold at which Whisper would try again
(avg_logprob above -1 in every segment). Greedy, at temperature 0, without retries and without the
text of the window before, so that one difference does not make others.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CLEAR = -1.0
PLAIN = ["--temperature", "0", "--temperature_increment_on_fallback", "None", "--beam_size", "None",
         "--best_of", "None", "--condition_on_previous_text", "False"]
# Scripts that are written without spaces: each of their characters counts as a word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"


@dataclass
class Pair:
    """A recording, as both wrote it down."""

    name: str
    texts: tuple
    equal_tokens: bool
    words: int
    errors: int
    sureness: float  # the least avg_logprob of the first's segments

    @property
    def equal(self):
        return self.texts[0] == self.texts[1]


def words_of(text):
    """Lower-case words without punctuation."""
    spread = re.sub(f"([{UNSPACED}])", r" \1 ", text.lower())
    return re.sub(r"[^\w' ]", " ", spread).split()


def distance(first, second):
    """Words to replace, leave out or add (Levenshtein)."""
    row = list(range(len(second) + 1))
    for i, word in enumerate(first, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def pair_of(name, first, second):
    tokens = [[token for segment in one["segments"] for token in segment["tokens"]] for one in (first, second)]
    words = [words_of(one["text"]) for one in (first, second)]
    sureness = min((segment["avg_logprob"] for segment in first["segments"]), default=0.0)
    return Pair(name, (first["text"].strip(), second["text"].strip()), tokens[0] == tokens[1],
                len(words[0]), distance(*words), sureness)


def transcribe(arguments, options, folder):
    words = [arguments.sotto, "transcribe", *arguments.recordings, "-m", arguments.model, "-o", str(folder),
             "-f", "json", "--quiet", *PLAIN, *shlex.split(options)]
    if arguments.language:
        words += ["--language", arguments.language]
    if arguments.threads:
        words += ["--threads", str(arguments.threads)]
    if subprocess.run(words, check=False).returncode != 0:
        sys.exit(f"this failed: {shlex.join(words)}")
    return {file.stem: json.loads(file.read_text()) for file in sorted(Path(folder).glob("*.json"))}


def percent(part, whole):
    return f"{100 * part / whole:.2f} %" if whole else "-"


def summary(name, pairs):
    words, errors = sum(pair.words for pair in pairs), sum(pair.errors for pair in pairs)
    equal = sum(pair.equal for pair in pairs)
    return {"recordings": name, "count": len(pairs), "equal_texts": equal,
            "equal_tokens": sum(pair.equal_tokens for pair in pairs), "words": words, "errors": errors,
            "wer": errors / words if words else 0.0}


def print_table(summaries):
    rows = [["recordings", "count", "equal texts", "", "equal tokens", "words", "errors", "WER"]]
    for one in summaries:
        rows.append([one["recordings"], str(one["count"]), str(one["equal_texts"]),
                     percent(one["equal_texts"], one["count"]), str(one["equal_tokens"]), str(one["words"]),
                     str(one["errors"]), percent(one["errors"], one["words"])])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def print_differences(pairs):
    for pair in pairs:
        if pair.equal:
            continue
        print(f"\n{pair.name}: {pair.errors} of {pair.words} words, avg_logprob {pair.sureness:.2f}")
        print(f"  1  {pair.texts[0]}\n  2  {pair.texts[1]}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="+", help="recordings, or folders of them")
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--first", default="", metavar="OPTIONS", help="of `sotto transcribe`; what is compared with")
    parser.add_argument("--second", required=True, metavar="OPTIONS", help="as in --second='--precision int8'")
    parser.add_argument("--language", default="", help="detected without")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--sotto", default="build/release/sotto", help="the program (%(default)s)")
    parser.add_argument("--quiet", action="store_true", help="the table alone, without the texts that differ")
    parser.add_argument("--json", metavar="FILE", help="write all counts here")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first, second = transcribe(arguments, arguments.first, one), transcribe(arguments, arguments.second, two)
    pairs = [pair_of(name, first[name], second[name]) for name in first if name in second]
    summaries = [summary("all", pairs), summary("clear", [pair for pair in pairs if pair.sureness > CLEAR])]
    print_table(summaries)
    if not arguments.quiet:
        print_differences(pairs)
    if arguments.json:
        differing = [{"name": pair.name, "words": pair.words, "errors": pair.errors,
                      "avg_logprob": pair.sureness, "texts": pair.texts} for pair in pairs if not pair.equal]
        Path(arguments.json).write_text(json.dumps({"summary": summaries, "differing": differing}, indent=1) + "\n")


if __name__ == "__main__":
    main()
