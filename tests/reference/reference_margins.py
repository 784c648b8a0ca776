"""How narrowly the reference decided: its decoding, watched from outside and not changed.

`Watch` wraps the classes of whisper.decoding while it is open. Every call of Whisper.decode becomes
one window of `Watch.windows`:
  seek      the mel frame at which it begins;
  beam      whether beams were searched;
  steps     for each token the smallest margin of what was decided there: the best log-probability
            less the second (greedy), the last candidate kept less the first one dropped, and the
            last finished one taken less the first one left (beams), and how far the timestamps'
            summed log-probability lies from the best text token's;
  decision  the smallest of the margins at the window's end: between the two best of the finished
            beams, and between the skipping of silence and its thresholds;
  rounding  how far its log-probabilities, summed up in float32, lie from exact ones at most.
`Watch.language` is the gap between the two most probable languages, where they were heard.
Margins of MOST and above are written as MOST: they decide nothing that rounding could change.
"""

import contextlib
import math
import sys

MOST = 99.0


def smallest(margins):
    """The smallest of them to four digits; MOST where there is none."""
    finite = [margin for margin in margins if math.isfinite(margin)]
    return float(f"{min([MOST, *finite]):.4g}")


def best_gap(values):
    """Largest less second largest of a list of numbers."""
    ordered = sorted(values, reverse=True)
    return ordered[0] - ordered[1] if len(ordered) > 1 else MOST


class Functional:
    """torch.nn.functional as whisper.decoding sees it, which keeps the last log-softmax and how far
    one was from the exact one at most."""

    def __init__(self, functional):
        self.functional = functional
        self.log_probabilities = None
        self.rounding = 0.0

    def __getattr__(self, name):
        return getattr(self.functional, name)

    def log_softmax(self, logits, dim):
        self.log_probabilities = self.functional.log_softmax(logits, dim=dim)
        difference = self.functional.log_softmax(logits.double(), dim=dim) - self.log_probabilities
        self.rounding = max(self.rounding, difference.nan_to_num(0.0).abs().max().item())
        return self.log_probabilities


class Watch(contextlib.ExitStack):
    def __init__(self, no_speech_threshold=0.6, logprob_threshold=-1.0):
        super().__init__()
        self.thresholds = no_speech_threshold, logprob_threshold
        self.windows = []
        self.language = MOST
        self.pending = []  # margins of the step that is under way

    def __enter__(self):
        import whisper
        from whisper import decoding

        super().__enter__()
        self.functional = Functional(decoding.F)
        self.replace(decoding, "F", lambda original: self.functional)
        self.replace(decoding.ApplyTimestampRules, "apply", self.timestamp_rules)
        self.replace(decoding.GreedyDecoder, "update", self.greedy_update)
        self.replace(decoding.BeamSearchDecoder, "update", self.beam_update)
        self.replace(decoding.BeamSearchDecoder, "finalize", self.beam_finalize)
        self.replace(decoding.MaximumLikelihoodRanker, "rank", self.rank)
        self.replace(whisper.Whisper, "decode", self.decode)
        self.replace(whisper.Whisper, "detect_language", self.detect_language)
        return self

    def replace(self, owner, name, wrap):
        original = getattr(owner, name)
        setattr(owner, name, wrap(original))
        self.callback(setattr, owner, name, original)

    def timestamp_rules(self, original):
        def apply(rules, logits, tokens):
            original(rules, logits, tokens)
            values = self.functional.log_probabilities
            first = rules.tokenizer.timestamp_begin
            timestamps = values[:, first:].logsumexp(dim=-1)
            text = values[:, :first].max(dim=-1).values
            self.pending += (timestamps - text).abs().tolist()

        return apply

    def greedy_update(self, original):
        def update(decoder, tokens, logits, sums):
            result = original(decoder, tokens, logits, sums)
            best, second = self.functional.log_probabilities.topk(2).values.unbind(-1)
            self.end_step((best - second).tolist())
            return result

        return update

    def beam_update(self, original):
        def update(decoder, tokens, logits, sums):
            before = sums.clone()
            finished = {} if decoder.finished_sequences is None else dict(decoder.finished_sequences[0])
            result = original(decoder, tokens, logits, sums)
            candidates = self.candidates(decoder, tokens, before)
            self.end_step(kept_margins(decoder, candidates, len(finished)))
            return result

        return update

    def candidates(self, decoder, tokens, sums):
        """[(score, ends the text)] of every row's best candidates, best first; equal rows once."""
        values, indices = self.functional.log_probabilities.topk(decoder.beam_size + 2)
        scores = {}
        for row, tokens_of_row in enumerate(tokens.tolist()):
            for value, token in zip(values[row], indices[row]):
                scores[(*tokens_of_row, token.item())] = (sums[row] + value).item()
        ordered = sorted(scores.items(), key=lambda item: item[1], reverse=True)
        return [(score, sequence[-1] == decoder.eot) for sequence, score in ordered]

    def beam_finalize(self, original):
        def finalize(decoder, tokens, sums):
            missing = decoder.beam_size - len(decoder.finished_sequences[0])
            unfinished = sorted(sums[0].tolist(), reverse=True)
            if 0 < missing < len(unfinished):
                self.pending.append(unfinished[missing - 1] - unfinished[missing])
            return original(decoder, tokens, sums)

        return finalize

    def rank(self, original):
        def rank(ranker, tokens, sums):
            if not greedy_group(tokens[0]):
                self.pending.append(best_gap(ranker_scores(ranker, tokens[0], sums[0])))
            return original(ranker, tokens, sums)

        return rank

    def decode(self, original):
        def decode(model, mel, options):
            seek = sys._getframe(2).f_locals["seek"]  # of transcribe(), two calls up
            self.windows.append({"seek": seek, "beam": options.beam_size is not None, "steps": []})
            self.functional.rounding = 0.0
            result = original(model, mel, options)
            self.pending += self.skipping_margins(result)
            self.windows[-1]["decision"] = smallest(self.pending)
            self.windows[-1]["rounding"] = float(f"{self.functional.rounding:.4g}")
            self.pending = []
            return result

        return decode

    def skipping_margins(self, result):
        no_speech, logprob = self.thresholds
        if no_speech is None:
            return []
        margins = [abs(result.no_speech_prob - no_speech)]
        if logprob is not None and result.no_speech_prob > no_speech:
            margins.append(abs(result.avg_logprob - logprob))
        return margins

    def detect_language(self, original):
        def detect(model, *arguments):
            tokens, probabilities = original(model, *arguments)
            self.language = smallest([best_gap(probabilities.values())])
            return tokens, probabilities

        return detect

    def end_step(self, margins):
        self.windows[-1]["steps"].append(smallest(self.pending + margins))
        self.pending = []


def kept_margins(decoder, candidates, finished):
    """The margins of one round of beam search, given how many texts had ended before it."""
    kept = used = 0
    ended = []
    for score, ends in candidates:
        if kept == decoder.beam_size:
            break
        used += 1
        kept += not ends
        ended += [score] if ends else []
    margins = [candidates[used - 1][0] - candidates[used][0]] if used < len(candidates) else []
    room = decoder.max_candidates - finished
    if 0 < room < len(ended):
        margins.append(ended[room - 1] - ended[room])
    return margins


def greedy_group(sequences):
    """Whether the ranking has nothing to decide: one text, or the same one several times."""
    return len({tuple(sequence.tolist()) for sequence in sequences}) == 1


def ranker_scores(ranker, sequences, sums):
    alpha = ranker.length_penalty
    lengths = [len(sequence) for sequence in sequences]
    penalties = lengths if alpha is None else [((5 + length) / 6) ** alpha for length in lengths]
    return [total / penalty for total, penalty in zip(sums, penalties)]
