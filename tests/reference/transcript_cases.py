"""Which recordings oracle_transcripts.py has transcribed by which model, with which options.

Every case is [group, model, clip, options]; the options are arguments of whisper.transcribe(). A
temperature so low that sampling is arg max stands for the higher ones, where the fallback to them
is to be seen: what is drawn at those is another generator's affair.
"""

import speech
import transcript_clips

ALMOST_ZERO = 1e-5
FALLBACK = [0.0, ALMOST_ZERO]

GREEDY = [
    {},
    {"without_timestamps": True},
    {"initial_prompt": "{prompt:6}"},
    {"initial_prompt": "{prompt:40}", "carry_initial_prompt": True},
    {"prefix": "{prompt:3}"},
    {"prefix": "{prompt:12}", "sample_len": 219},
    {"prefix": "{prompt:12}", "sample_len": 228},
    {"sample_len": 5},
    {"task": "translate"},
    {"max_initial_timestamp": None},
    {"max_initial_timestamp": 0.0},
    {"max_initial_timestamp": 0.5},
    {"suppress_tokens": ""},
    {"suppress_tokens": [-1, 11, 13]},
    {"suppress_tokens": "11,13"},
    {"suppress_blank": False, "without_timestamps": True, "length_penalty": 1.0},
]

BEAM = [
    {"beam_size": 5},
    {"beam_size": 2},
    {"beam_size": 3, "without_timestamps": True},
    {"beam_size": 5, "patience": 2.0},
    {"beam_size": 5, "patience": 0.5},
    {"beam_size": 3, "length_penalty": 0.0},
    {"beam_size": 5, "length_penalty": 0.6},
    {"beam_size": 5, "length_penalty": 1, "patience": 2.0},
    {"beam_size": 4, "max_initial_timestamp": 0.01},
    {"beam_size": 5, "initial_prompt": "{prompt:30}", "suppress_blank": False},
    {"beam_size": 5, "sample_len": 4},
    {"beam_size": 1},
]

# The demo checkpoint hears no speech behind a long prompt.
KEPT = {"no_speech_threshold": None}

# Of recordings that are longer than a window.
WINDOWS = [
    {},
    {"without_timestamps": True},
    {"condition_on_previous_text": False},
    {"initial_prompt": "{prompt:30}", "carry_initial_prompt": True},
    *(
        {"initial_prompt": f"{{prompt:{count}}}", "carry_initial_prompt": True, **KEPT}
        for count in (200, 222, 223, 224, 300)
    ),
    *({"initial_prompt": f"{{prompt:{count}}}", **KEPT} for count in (222, 260)),
    {"initial_prompt": "{prompt:250}", "sample_len": 240, **KEPT},
    {"prefix": "{prompt:3}", "initial_prompt": "{prompt:8}"},
    {"clip_timestamps": "4,16"},
    {"clip_timestamps": "2.005,9.4951,12.3449,20"},
    {"clip_timestamps": [3.3, 8.0, 10.0]},
    {"clip_timestamps": "12,18,3,8"},
    {"clip_timestamps": "5,5,6,33"},
    {"clip_timestamps": ""},
    {"no_speech_threshold": None},
    {"no_speech_threshold": 0.1, "logprob_threshold": None},
    {"logprob_threshold": -0.05, "no_speech_threshold": 0.0},
    {"compression_ratio_threshold": 1.0, "temperature": FALLBACK},
    {"logprob_threshold": -0.01, "temperature": FALLBACK, "beam_size": 3, "best_of": 2, "patience": 1.5},
    {"compression_ratio_threshold": None, "logprob_threshold": None, "temperature": FALLBACK},
    {"sample_len": 20},
]

NOT_SPEECH = ["silence_5s", "silence_35s", "white_noise", "quiet_noise", "chords", "sweep", "hum"]
SHORT = ["samples_100", "samples_160", "noise_50ms", "noise_300ms"]
ALTERED = ["overdriven", "faint", "noisy", "music", "late", "at_end", "over_edge", "cut", "300ms"]


def cases():
    return demo_cases() + base_cases() + tiny_cases()


def each(group, clips, options):
    """Every clip with every one of the options."""
    return [[group, group.split("_")[0], clip, one] for clip in clips for one in options]


def turns(group, clips, options):
    """Every one of the options with the next clip, round and round."""
    return [case for i, one in enumerate(options) for case in each(group, [clips[i % len(clips)]], [one])]


def given(language, options):
    return [{"language": language, **one} for one in options]


def demo_cases():
    commands = [one.name for one in speech.commands(transcript_clips.COMMANDS)]
    altered = [f"command_{name}" for name in ALTERED]
    beam = {"beam_size": 5}
    return [
        *each("demo_greedy", [*commands[:8], "demo_en", "demo_zh"], [{}]),
        *turns("demo_greedy", commands, GREEDY),
        *turns("demo_greedy", ["demo_zh", "demo_en"], given("en", GREEDY)),
        *each("demo_greedy", NOT_SPEECH + SHORT + altered, [{}]),
        *each("demo_greedy", NOT_SPEECH[:2] + SHORT[1:], [{"no_speech_threshold": None, "language": "zh"}]),
        *turns("demo_beam", commands, BEAM),
        *turns("demo_beam", ["demo_zh", "command_noisy"], BEAM),
        *each("demo_beam", commands[12:18] + ["chords", "command_over_edge", "command_300ms"], [beam]),
        *each("demo_long", ["demo_long", "commands_35s", "commands_61s", "commands_5min"], [{}, beam]),
        *turns("demo_windows", ["commands_35s", "demo_long", "commands_61s"], given("en", WINDOWS)),
    ]


def base_cases():
    recorded = [path.stem for path in speech.RECORDED]
    spoken = [one.name for one in speech.SPOKEN]
    further = [one.name for one in transcript_clips.SPOKEN]
    ferry = [f"ferry_{name}" for name in ALTERED]
    beam = {"beam_size": 5}
    some = ["sense_and_sensibility_01_austen_64kb-0870", "de_bahnhof", "en_ferry", "numbers"]
    return [
        *each("base_clips", recorded[:9:2] + spoken[5:] + further, [{}]),
        *each("base_clips", ["chords", "silence_5s", "white_noise", "noise_300ms"] + ferry, given("en", [{}])),
        *turns("base_greedy", some, given("en", GREEDY[1:])),
        *each("base_greedy", ["fr_marche", "zh_tianqi"], [{"task": "translate"}]),
        *turns("base_beam", some, given("en", BEAM[:9])),
        *each("base_beam", ["ferry_noisy", "ja_asa", "silence_5s"], [beam]),
        *each("base_long", ["story_61s"], [{}, beam]),
        *each("base_long", ["story_35s"], [WINDOWS[i] for i in (1, 5, 6, 8, 14, 22)]),
        *each("base_story", ["story_5min"], [{"language": "en"}]),
    ]


def tiny_cases():
    """Random weights babble through every window to the last token that fits."""
    clips = ["en_ferry", "demo_zh", "goforward", "ferry_late"]
    return [
        *turns("tiny_greedy", clips, [{}, *shortened(80, given("de", GREEDY[1:]))]),
        *turns("tiny_beam", clips, shortened(40, given("en", BEAM))),
        *turns("tiny_beam", clips, given("en", BEAM[:1])),
        *turns("tiny_long", ["story_35s"], shortened(40, given("fr", WINDOWS[:15]))),
    ]


def shortened(sample_len, options):
    return [{"sample_len": sample_len, **one} for one in options]
