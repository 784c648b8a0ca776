"""List the tokens of text that a demo checkpoint was trained on: the rows of its embedding that are not zero.

usage: words.py DEMO.pt > words.tsv
Needs torch, regex and the package openai-whisper (for its vocabulary).
"""
import sys

import torch

from bpe import EOT, Tokenizer


def readable(piece):
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "(part of a character)"


if __name__ == "__main__":
    weight = torch.load(sys.argv[1], map_location="cpu")["model_state_dict"]["decoder.token_embedding.weight"]
    pieces = Tokenizer().piece
    print("token\tbytes\ttext")
    for token in range(EOT):
        if weight[token].abs().max() > 0:
            print(f"{token}\t{pieces[token].hex()}\t{readable(pieces[token])}")
