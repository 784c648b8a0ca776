#!/usr/bin/env python3
"""Sotto, whisper.cpp, faster-whisper and OpenVINO on the same recording and weights, by turns.

Who is not given, or not installed, is left out, and that is said. docs/bench.md tells how to set
them up.
"""

import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FASTER_WHISPER = """
import json, sys, time
model, audio, compute, threads, beams, language, batch = sys.argv[1:]
from faster_whisper import BatchedInferencePipeline, WhisperModel
whisper = WhisperModel(model, device="cpu", compute_type=compute, cpu_threads=int(threads))
options = dict(beam_size=int(beams), best_of=int(beams), temperature=0, language=language or None)
begin = time.perf_counter()
if int(batch):
    segments, _ = BatchedInferencePipeline(whisper).transcribe(audio, batch_size=int(batch), **options)
else:
    segments, _ = whisper.transcribe(audio, **options)
text = "".join(segment.text for segment in segments)
print(json.dumps({"seconds": time.perf_counter() - begin, "text": text}))
"""

OPENVINO_ENCODER = """
import json, sys, time
path, precision, threads, runs = sys.argv[1:]
import numpy, openvino
core = openvino.Core()
model = core.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": precision,
                                         "INFERENCE_NUM_THREADS": int(threads),
                                         "PERFORMANCE_HINT": "LATENCY"})
mel = numpy.random.default_rng(1).standard_normal(list(model.input(0).shape)).astype("float32")
request = model.create_infer_request()
times = []
for _ in range(int(runs) + 1):
    begin = time.perf_counter()
    request.infer({0: mel})
    times.append(time.perf_counter() - begin)
print(json.dumps({"encoder": times[1:]}))
"""


class Failure(Exception):
    """A contestant that does not run, with why."""


def run(words):
    """The output, errors, wall time and most memory (bytes) of a program."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, errors = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode != 0:
        raise Failure((errors.strip().splitlines() or ["no word why"])[-1])
    return output, errors, seconds, usage.ru_maxrss * 1024


class Contestant:
    """Something that writes a recording down. `seconds` is the process, but for programs in Python
    only the transcription: neither their imports nor the loading of the model."""

    def __init__(self, name, transcribe):
        self.name, self.transcribe = name, transcribe
        self.seconds, self.memory, self.words = [], [], 0
        self.parts = {"encoder": [], "step": []}

    def take_turn(self):
        result = self.transcribe()
        self.seconds.append(result["seconds"])
        self.memory.append(result["memory"])
        for part, seconds in result.get("parts", {}).items():
            self.parts[part] += seconds
        self.words = len(result["text"].split())


def sotto(arguments, options):
    def transcribe():
        with tempfile.TemporaryDirectory() as folder:
            words = [arguments.sotto, "transcribe", arguments.audio, "-m", arguments.model, "-o", folder,
                     "-f", "txt", "--quiet", "--threads", str(arguments.threads), "--temperature", "0",
                     "--temperature_increment_on_fallback", "None"]
            beams = str(arguments.beams) if arguments.beams > 1 else "None"
            words += ["--beam_size", beams, "--best_of", "None"]
            if arguments.language:
                words += ["--language", arguments.language]
            _, _, seconds, memory = run(words + options)
            text = "".join(file.read_text() for file in Path(folder).glob("*.txt"))
        return {"seconds": seconds, "memory": memory, "text": text}
    return transcribe


def seconds_a_run(errors, part):
    """What whisper.cpp says of it: "encode time =  5054.07 ms /  2 runs (  2527.03 ms per run)"."""
    found = re.search(part + r" time = .*\(\s*([0-9.]+) ms per run\)", errors)
    return [float(found.group(1)) / 1000] if found else []


def whisper_cpp(arguments, program, model):
    def transcribe():
        words = [program, "-m", model, "-f", arguments.audio, "-t", str(arguments.threads), "-nf",
                 "-bs", str(arguments.beams), "-bo", "1", "-l", arguments.language or "auto"]
        output, errors, seconds, memory = run(words)
        text = re.sub(r"^\[.*?\]", "", output, flags=re.MULTILINE)  # the times of its segments
        parts = {"encoder": seconds_a_run(errors, "encode")}
        if arguments.beams == 1:
            parts["step"] = seconds_a_run(errors, "decode")
        return {"seconds": seconds, "memory": memory, "text": text, "parts": parts}
    return transcribe


def faster_whisper(arguments, compute, batch):
    def transcribe():
        words = [arguments.python, "-c", FASTER_WHISPER, arguments.ct2, arguments.audio, compute,
                 str(arguments.threads), str(arguments.beams), arguments.language or "", str(batch)]
        output, _, _, memory = run(words)
        return json.loads(output.splitlines()[-1]) | {"memory": memory}
    return transcribe


def sotto_parts(arguments, options):
    words = [arguments.sotto, "bench", "-m", arguments.model, "--threads", str(arguments.threads), "--json",
             "--quiet", "--seconds", "1"]
    output, _, _, _ = run(words + options)
    found = json.loads(output)
    return {"encoder": [found["encoder"]["median"]], "step": [found["step"][0]["median"]]}


def openvino_encoder(arguments, precision):
    words = [arguments.python, "-c", OPENVINO_ENCODER, arguments.encoder, precision, str(arguments.threads), "5"]
    output, _, _, _ = run(words)
    return json.loads(output.splitlines()[-1])


def has_module(python, module):
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def named(text):
    """NAME=REST, as it is given on the command line."""
    name, separator, rest = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f'expected NAME=..., found "{text}"')
    return name, rest


def contestants_of(arguments, skipped):
    variants = arguments.variant or [("", "")]
    found = [Contestant(f"Sotto {name}".strip(), sotto(arguments, shlex.split(options)))
             for name, options in variants]
    for name, rest in arguments.whisper_cpp:
        program, _, model = rest.partition(",")
        if Path(program).is_file() and Path(model).is_file():
            found.append(Contestant(f"whisper.cpp {name}", whisper_cpp(arguments, program, model)))
        else:
            skipped.append(f"whisper.cpp {name}: no {program if not Path(program).is_file() else model}")
    if not arguments.whisper_cpp:
        skipped.append("whisper.cpp: none given (--whisper-cpp NAME=PROGRAM,MODEL)")
    if not arguments.ct2:
        skipped.append("faster-whisper: no model given (--ct2 FOLDER)")
    elif not has_module(arguments.python, "faster_whisper"):
        skipped.append(f"faster-whisper: {arguments.python} has none")
    else:
        for compute in arguments.compute:
            found.append(Contestant(f"faster-whisper {compute}", faster_whisper(arguments, compute, 0)))
        if arguments.batch:
            name = f"faster-whisper {arguments.compute[0]}, batched by {arguments.batch}"
            found.append(Contestant(name, faster_whisper(arguments, arguments.compute[0], arguments.batch)))
    return found


def parts_of(arguments, skipped):
    variants = arguments.variant or [("", "")]
    found = [(f"Sotto {name}".strip(), lambda options=options: sotto_parts(arguments, shlex.split(options)))
             for name, options in ((name, arguments.bench_options.get(name, options)) for name, options in variants)]
    if not arguments.encoder:
        skipped.append("OpenVINO: no encoder given (--encoder FILE.tflite, of `sotto export --format tflite`)")
    elif not has_module(arguments.python, "openvino"):
        skipped.append(f"OpenVINO: {arguments.python} has none")
    else:
        for precision in ("f32", "bf16"):
            found.append((f"OpenVINO {precision}",
                          lambda precision=precision: openvino_encoder(arguments, precision)))
    return found


def take_turns(rounds, players, play, skipped):
    """Each player once a round; one that fails is out."""
    for number in range(rounds):
        for player in list(players):
            name = player.name if isinstance(player, Contestant) else player[0]
            print(f"\rround {number + 1} of {rounds}: {name}\x1b[K", end="", file=sys.stderr)
            try:
                play(player)
            except Failure as failure:
                skipped.append(f"{name}: {failure}")
                players.remove(player)
    print("\r\x1b[K", end="", file=sys.stderr)


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def transcription_table(contestants):
    first = statistics.median(contestants[0].seconds)
    rows = [["transcription", "seconds", "least", "most", "of Sotto's", "memory", "words"]]
    found = []
    for one in contestants:
        median = statistics.median(one.seconds)
        rows.append([one.name, f"{median:.2f}", f"{min(one.seconds):.2f}", f"{max(one.seconds):.2f}",
                     f"{median / first:.2f} x", f"{max(one.memory) / 2**20:.0f} MB", str(one.words)])
        found.append({"name": one.name, "seconds": one.seconds, "ratio": median / first,
                      "peak_bytes": max(one.memory), "words": one.words})
    table(rows)
    return found


def part_table(title, timed):
    """`timed` holds names and seconds; the first is what the others are compared with."""
    if not timed:
        return []
    first = statistics.median(timed[0][1])
    rows, found = [[title, "ms", "least", "of Sotto's"]], []
    for name, seconds in timed:
        median = statistics.median(seconds)
        rows.append([name, f"{1000 * median:.2f}", f"{1000 * min(seconds):.2f}", f"{median / first:.2f} x"])
        found.append({"name": name, "seconds": seconds, "ratio": median / first})
    print()
    table(rows)
    return found


def report(contestants, parts, skipped):
    result = {"transcription": transcription_table(contestants) if contestants else []}
    titles = {"encoder": "encoder, one window", "step": "step, one row"}
    for part, title in titles.items():
        timed = [(name, seconds[part]) for name, seconds in parts.items()]
        timed += [(one.name, one.parts[part]) for one in contestants]
        result[part] = part_table(title, [one for one in timed if one[1]])
    for sentence in skipped:
        print(f"left out: {sentence}")
    return result | {"left_out": skipped}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("audio")
    parser.add_argument("-m", "--model", required=True, help="for Sotto: a checkpoint or a bundle")
    parser.add_argument("--sotto", default="build/release/sotto", help="the program (%(default)s)")
    parser.add_argument("--variant", type=named, action="append", metavar="NAME=OPTIONS",
                        help="Sotto with more options; repeatable, the first is what others are compared with")
    parser.add_argument("--bench-variant", type=named, action="append", default=[], metavar="NAME=OPTIONS",
                        help="the options of that variant for `sotto bench`, where they differ")
    parser.add_argument("--whisper-cpp", type=named, action="append", default=[], metavar="NAME=PROGRAM,MODEL",
                        help="a whisper-cli and a ggml model; repeatable")
    parser.add_argument("--python", default="python3", help="with faster-whisper and OpenVINO (%(default)s)")
    parser.add_argument("--ct2", help="for faster-whisper: the model as CTranslate2's folder")
    parser.add_argument("--compute", default=["int8"], type=lambda text: text.split(","),
                        help="faster-whisper's compute types, with commas between (int8)")
    parser.add_argument("--batch", type=int, default=0, help="faster-whisper's batched pipeline, too")
    parser.add_argument("--encoder", help="for OpenVINO: encoder_….tflite of a bundle")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--beams", type=int, default=1)
    parser.add_argument("--language", default="", help="detected without")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="write all measurements here")
    arguments = parser.parse_args()
    arguments.bench_options = dict(arguments.bench_variant)
    return arguments


def main():
    arguments = parse_arguments()
    skipped = []
    contestants, players = contestants_of(arguments, skipped), parts_of(arguments, skipped)
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(f"the machine is busy (load {busy:.1f}): ratios may be wrong", file=sys.stderr)
    take_turns(arguments.runs, contestants, Contestant.take_turn, skipped)
    parts = {name: {"encoder": [], "step": []} for name, _ in players}

    def measure(player):
        for part, seconds in player[1]().items():
            parts[player[0]][part] += seconds

    take_turns(arguments.runs, players, measure, skipped)
    result = report(contestants, parts, skipped)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
