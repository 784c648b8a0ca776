"""The reference's tokens of strings of many scripts, and its text of token sequences.

tokenizer/encode.jsonl: {"text", "english": ids, "multilingual": ids} for 10,000 strings (a model of
51865 tokens and one of 51866 encode text alike).
tokenizer/bytes.jsonl: {"hex", "text"}: bytes, well-formed or not, and what Python's errors="replace"
makes of them.
tokenizer/decode.jsonl: {"n_vocab", "ids", "decoded", "text"}: token sequences with specials and
timestamps, as the reference writes them and without anything from end of text on.
tokenizer/languages.json: for each n_vocab the ids of all language names, aliases and codes.
"""

import json
import random
import unicodedata

from oracle_common import write_json

STRINGS = 10_000
BYTE_STRINGS = 3_000
SEQUENCES = 2_000  # for each vocabulary
VOCABULARIES = {51864: ("gpt2", 99), 51865: ("multilingual", 99), 51866: ("multilingual", 100)}

# First and last code point of blocks that speech and the web are written in, and of odd ones.
SCRIPTS = [
    (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x900, 0x97F),
    (0x980, 0x9FF), (0xA00, 0xA7F), (0xA80, 0xAFF), (0xB00, 0xB7F), (0xB80, 0xBFF), (0xC00, 0xC7F), (0xC80, 0xCFF),
    (0xD00, 0xD7F), (0xD80, 0xDFF), (0xE00, 0xE7F), (0xE80, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF),
    (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF), (0x1680, 0x169F), (0x1780, 0x17FF), (0x1800, 0x18AF),
    (0x1C80, 0x1C8F), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF),
    (0x2100, 0x218F), (0x2190, 0x22FF), (0x2460, 0x24FF), (0x2600, 0x27BF), (0x2C00, 0x2C5F), (0x2E80, 0x2FDF),
    (0x3000, 0x30FF), (0x3105, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF),
    (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE00, 0xFE6F), (0xFF00, 0xFFEF), (0x10000, 0x100FF), (0x10140, 0x1018F), (0x10300, 0x1034F), (0x10400, 0x1044F),
    (0x10900, 0x1093F), (0x10D40, 0x10D8F), (0x11000, 0x1107F), (0x11380, 0x113FF), (0x11BC0, 0x11BFF), (0x12000, 0x123FF),
    (0x13000, 0x1345F), (0x13460, 0x143FF), (0x16D40, 0x16D7F), (0x1D400, 0x1D7FF), (0x1E030, 0x1E08F), (0x1E4D0, 0x1E4FF),
    (0x1F100, 0x1F1FF), (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x2A6DF), (0x2EBF0, 0x2EE5F), (0x31350, 0x323AF),
    (0xE0000, 0xE007F), (0x10FF00, 0x10FFFF),
]  # fmt: skip
SPACES = "          \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u2003\u2009\u200b\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200E, 0x200F, 0x202A, 0x2066, 0xFFF9, 0xFFFD, 0xFFFE]))
EMOJI = ["👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "🏳️‍🌈", "☕️", "❤", "1️⃣", "🫠", "🪿", "🤷🏻‍♀️", "♪♪", "♩♬"]
CONTRACTIONS = ["I'm", "you're", "it's", "don't", "we'll", "they've", "he'd", "'S", "'T", "’s", "''s", "'re'd", "'llama", " 's"]
WORDS = (
    "the quick brown fox ask not what your country can do for you tokenization antidisestablishmentarianism "
    "Grüße naïve façade Ærøskøbing příliš žluťoučký кофе здравствуйте ευχαριστώ γειά שלום مرحبا العربية हिन्दी नमस्ते "
    "বাংলা தமிழ் ไทยสวัสดี ភាសា မြန်မာ ქართული 中文測試 你好世界 日本語のテキスト 한국어 ʼokina e\u0301te\u0301 ﬁne ①② Ⅷ ½ ٣٤٥ १२३ ๗๘ 3.14 1,000 "
    "2024-11-23 http://example.org/a?b=c&d=%20 foo_bar() {\"k\": [1, 2]} <|endoftext|> <|en|> <|0.00|> -- ... ?! «»"
).split()
LONG = [
    "a" * 5000, " " * 3000 + "x", "\n" * 999, "ab" * 4000, "0123456789" * 300, "=" * 2500, "测" * 1500, "👍" * 800, "\u0301" * 700,
    "supercalifragilisticexpialidocious" * 100, " a" * 2000, "e\u0301" * 900, "\u3000" * 400 + "。", "\xa0" * 300, "aaaa bbbb\t\t\n " * 300,
]  # fmt: skip


def inputs(context):
    return []


def make(context, folder):
    chosen = random.Random(51865)
    write_lines(folder / "encode.jsonl", encodings(chosen))
    write_lines(folder / "bytes.jsonl", byte_strings(chosen))
    write_lines(folder / "decode.jsonl", decodings(chosen))
    write_json(folder / "languages.json", languages())


def write_lines(path, items):
    with open(path, "w") as file:
        for item in items:
            file.write(json.dumps(item) + "\n")


def reference(n_vocab):
    from whisper.tokenizer import get_tokenizer

    return get_tokenizer(n_vocab > 51864, num_languages=VOCABULARIES[n_vocab][1])


def encodings(chosen):
    english, multilingual, largest = (reference(n_vocab).encoding for n_vocab in VOCABULARIES)
    for text in strings(chosen):
        ids = multilingual.encode_ordinary(text)
        assert ids == largest.encode_ordinary(text)
        yield {"text": text, "english": english.encode_ordinary(text), "multilingual": ids}


def strings(chosen):
    """STRINGS different strings; every code point of the list of scripts can occur."""
    fixed = ["", " ", "  ", *LONG, *EMOJI, *CONTRACTIONS, *WORDS, *map(chr, range(0x20)), *SPACES.strip(), " ".join(WORDS)]
    found = dict.fromkeys(fixed)
    while len(found) < STRINGS:
        found["".join(part(chosen) for _ in range(chosen.randint(1, 12)))] = None
    return list(found)[:STRINGS]


def part(chosen):
    kind = chosen.random()
    if kind < 0.25:
        return chosen.choice(["", " ", " ", "\n"]) + chosen.choice(WORDS)
    if kind < 0.40:
        return "".join(chosen.choice(SPACES) for _ in range(chosen.randint(1, 4)))
    if kind < 0.48:
        return chosen.choice(CONTRACTIONS)
    if kind < 0.55:
        return chosen.choice(EMOJI)
    if kind < 0.60:
        return chosen.choice(CONTROLS)
    if kind < 0.65:
        return "".join(any_character(chosen) for _ in range(chosen.randint(1, 6)))
    low, high = chosen.choice(SCRIPTS)
    text = "".join(chr(chosen.randint(low, high)) for _ in range(chosen.randint(1, 8)))
    form = chosen.choice(["NFC", "NFD", None])
    return unicodedata.normalize(form, text) if form else text


def any_character(chosen):
    while 0xD800 <= (code := chosen.randrange(0x110000)) < 0xE000:
        pass
    return chr(code)


def byte_strings(chosen):
    """Random bytes, and well-formed text with a few bytes changed, cut or repeated."""
    interesting = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
    for index in range(BYTE_STRINGS):
        if index % 2:
            data = bytes(chosen.choice(interesting) for _ in range(chosen.randint(1, 12)))
        else:
            mutable = bytearray("".join(part(chosen) for _ in range(3)).encode())
            for _ in range(chosen.randint(1, 4)):
                mutable[chosen.randrange(len(mutable))] = chosen.randrange(256)
            data = bytes(mutable[: chosen.randint(1, len(mutable))])
        yield {"hex": data.hex(), "text": data.decode("utf-8", errors="replace")}


def decodings(chosen):
    for n_vocab in VOCABULARIES:
        tokenizer = reference(n_vocab)
        assert tokenizer.encoding.n_vocab == n_vocab
        everything = iter(range(n_vocab))
        for index in range(SEQUENCES):
            ids = [next(everything, 0) for _ in range(n_vocab // (SEQUENCES // 2) + 1)] if index % 2 else random_ids(chosen, tokenizer)
            text_ids = [token for token in ids if token < tokenizer.eot]
            decoded = tokenizer.decode_with_timestamps(ids)
            yield {"n_vocab": n_vocab, "ids": ids, "decoded": decoded, "text": tokenizer.decode(text_ids)}


def random_ids(chosen, tokenizer):
    """Token ids of which some are cut out of characters, and some are specials."""
    top = tokenizer.encoding.n_vocab
    ids = tokenizer.encoding.encode_ordinary("".join(part(chosen) for _ in range(4)))
    for _ in range(chosen.randint(0, 4)):
        ids.insert(chosen.randint(0, len(ids)), chosen.choice([chosen.randrange(256), chosen.randrange(top), chosen.randrange(50256, top)]))
    start = chosen.randint(0, max(0, len(ids) - 1))
    return ids[start : start + chosen.randint(1, 40)]


def languages():
    from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

    codes = {**TO_LANGUAGE_CODE, **{code: code for code in LANGUAGES}}
    result = {}
    for n_vocab in (51865, 51866):
        special = reference(n_vocab).special_tokens
        result[str(n_vocab)] = {name: special[f"<|{code}|>"] for name, code in codes.items() if f"<|{code}|>" in special}
    return result
