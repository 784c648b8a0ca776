#!/usr/bin/env python3
"""Writes a rank file for the demo checkpoint alone, for machines that cannot fetch Whisper's vocabulary.

usage: demo_vocabulary.py WORDS.tsv OUT.tiktoken
The tokens that the checkpoint was trained on get their text, and the first 256 are the single bytes, as in every
vocabulary of this family. Every other one stands as "<token 1234>", so that one that slips out is seen for what
it is. Text is encoded byte by byte with this file, for the merges are not in it.
"""
import base64
import os
import sys

TOKENS = 50257  # of Whisper's multilingual vocabulary; the last is the empty string


def single_bytes():
    """The order of GPT-2's alphabet: the printable characters of Latin-1, then the other bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [bytes([b]) for b in printable + sorted(set(range(256)) - set(printable))]


def main(words, out):
    pieces = single_bytes() + [f"<token {token}>".encode() for token in range(256, TOKENS - 1)] + [b""]
    with open(words, encoding="utf-8") as lines:
        for line in list(lines)[1:]:
            token, piece, _ = line.split("\t")
            pieces[int(token)] = bytes.fromhex(piece)
    new = f"{out}.{os.getpid()}"
    with open(new, "wb") as file:
        for token, piece in enumerate(pieces):
            file.write((base64.b64encode(piece) or b"=") + f" {token}\n".encode())
    os.replace(new, out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
