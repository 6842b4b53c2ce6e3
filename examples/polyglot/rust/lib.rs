//! `demo:text/stats` in Rust, the reference for the other implementations.
//!
//! `../wit/text.wit` defines the figures. The component is independent of jobs and of the app.

use std::collections::{HashMap, HashSet};

use bindings::exports::demo::text::stats::{Frequency, Guest, Problem, Stats};

#[expect(unsafe_code, reason = "exporting a function to a component generates unsafe code")]
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "text" });

    use super::Text;
    export!(Text);
}

const FEWEST_WORDS: usize = 20;
const WINDOW: usize = 50;
const COMMONEST: usize = 3;

struct Text;

impl Guest for Text {
    fn analyse(text: String) -> Result<Stats, Problem> {
        if text.contains('\0') {
            return Err(Problem::NotText);
        }
        let lower = text.to_ascii_lowercase();
        let runs = lower.split(|c: char| !(c.is_ascii_alphabetic() || c == '\''));
        let words: Vec<&str> =
            runs.map(|run| run.trim_matches('\'')).filter(|word| !word.is_empty()).collect();
        if words.len() < FEWEST_WORDS {
            return Err(Problem::TooFewWords(count(words.len())));
        }
        let sentences = sentences(&text);
        let syllables = words.iter().map(|word| syllables(word)).sum();
        let per_sentence = f64::from(count(words.len())) / f64::from(sentences);
        let per_word = f64::from(syllables) / f64::from(count(words.len()));
        Ok(Stats {
            words: count(words.len()),
            sentences,
            syllables,
            ease: 206.835 - 1.015 * per_sentence - 84.6 * per_word,
            diversity: diversity(&words),
            commonest: commonest(&words),
        })
    }
}

/// A text is shorter than the memory of an instance, which is less than 4 GiB.
fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a memory of 32 bits has no more")
}

fn sentences(text: &str) -> u32 {
    let bytes: Vec<u8> = text.bytes().chain([b'\n']).collect();
    let ends = bytes.windows(2).filter(|pair| b".!?".contains(&pair[0]) && b" \n".contains(&pair[1]));
    count(ends.count()).max(1)
}

fn syllables(word: &str) -> u32 {
    let runs = word.split(|c| !"aeiouy".contains(c)).filter(|run| !run.is_empty()).count();
    let silent = word.ends_with('e') && !word.ends_with("le");
    count(runs).saturating_sub(u32::from(silent)).max(1)
}

fn diversity(words: &[&str]) -> f64 {
    let window = WINDOW.min(words.len());
    let windows = words.windows(window);
    let all = f64::from(count(windows.len() * window));
    let different: usize = windows.map(|window| window.iter().collect::<HashSet<_>>().len()).sum();
    f64::from(count(different)) / all
}

fn commonest(words: &[&str]) -> Vec<Frequency> {
    let mut counts = HashMap::<&str, u32>::new();
    for word in words.iter().filter(|word| word.len() > 3) {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
    counts.truncate(COMMONEST);
    counts.into_iter().map(|(word, count)| Frequency { word: word.to_owned(), count }).collect()
}
