"""`demo:text/stats` in Python. What each figure means is in ../wit/text.wit."""

import re
from collections import Counter

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.stats import Frequency, Problem_NotText, Problem_TooFewWords, Stats as Figures

FEWEST_WORDS = 20
WINDOW = 50
COMMONEST = 3


def syllables(word):
    count = len(re.findall("[aeiouy]+", word))
    if word.endswith("e") and not word.endswith("le"):
        count -= 1
    return max(count, 1)


def diversity(words):
    window = min(WINDOW, len(words))
    starts = range(len(words) - window + 1)
    return sum(len(set(words[start : start + window])) for start in starts) / (len(starts) * window)


class Stats(exports.Stats):
    def analyse(self, text):
        if "\0" in text:
            raise Err(Problem_NotText())
        runs = (run.strip("'") for run in re.findall("[A-Za-z']+", text))
        words = [run.lower() for run in runs if run]
        if len(words) < FEWEST_WORDS:
            raise Err(Problem_TooFewWords(len(words)))
        sentences = max(len(re.findall("[.!?][ \n]", text + "\n")), 1)
        spoken = sum(map(syllables, words))
        counts = Counter(word for word in words if len(word) > 3)
        commonest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:COMMONEST]
        return Figures(
            words=len(words),
            sentences=sentences,
            syllables=spoken,
            ease=206.835 - 1.015 * (len(words) / sentences) - 84.6 * (spoken / len(words)),
            diversity=diversity(words),
            commonest=[Frequency(word, count) for word, count in commonest],
        )
