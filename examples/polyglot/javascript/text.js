// `demo:text/stats` in JavaScript. What each figure means is in ../wit/text.wit.

const FEWEST_WORDS = 20;
const WINDOW = 50;
const COMMONEST = 3;

function syllables(word) {
  const count = word.match(/[aeiouy]+/g)?.length ?? 0;
  return Math.max(word.endsWith("e") && !word.endsWith("le") ? count - 1 : count, 1);
}

function diversity(words) {
  const window = Math.min(WINDOW, words.length);
  const starts = words.length - window + 1;
  let different = 0;
  for (let start = 0; start < starts; start++) {
    different += new Set(words.slice(start, start + window)).size;
  }
  return different / (starts * window);
}

function commonest(words) {
  const counts = new Map();
  for (const word of words.filter((word) => word.length > 3)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const frequencies = [...counts].map(([word, count]) => ({ word, count }));
  frequencies.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  return frequencies.slice(0, COMMONEST);
}

export const stats = {
  analyse(text) {
    if (text.includes("\0")) throw { tag: "not-text" };
    const runs = (text.match(/[A-Za-z']+/g) ?? []).map((run) => run.replace(/^'+|'+$/g, ""));
    const words = runs.filter((run) => run !== "").map((run) => run.toLowerCase());
    if (words.length < FEWEST_WORDS) throw { tag: "too-few-words", val: words.length };
    const sentences = Math.max((text + "\n").match(/[.!?][ \n]/g)?.length ?? 0, 1);
    const spoken = words.reduce((sum, word) => sum + syllables(word), 0);
    return {
      words: words.length,
      sentences,
      syllables: spoken,
      ease: 206.835 - 1.015 * (words.length / sentences) - 84.6 * (spoken / words.length),
      diversity: diversity(words),
      commonest: commonest(words),
    };
  },
};
