//! Inputs: files of the corpus with random changes, or random bytes.

use fastrand::Rng;

/// The longest input that grows by being changed. A file of the corpus may be longer.
const MAX: usize = 4096;

/// Bytes at which parsers branch: the ends of types, of varints and of UTF-8.
const EDGES: [u8; 12] = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x7f, 0x80, 0xc0, 0xf0, 0xfe, 0xff];

/// Returns one of the seeds with a few changes, or sometimes random bytes. Inserts words of the format.
pub fn mutated(random: &mut Rng, seeds: &[Vec<u8>], words: &[&[u8]]) -> Vec<u8> {
    if seeds.is_empty() || random.u8(..) < 16 {
        let length = 1 << random.u32(0..10);
        return (0..random.usize(0..=length)).map(|_| random.u8(..)).collect();
    }
    let mut input = random.choice(seeds).cloned().unwrap_or_default();
    // Mostly few, so that most of the input is still read.
    for _ in 0..1 << random.u32(0..5) {
        mutate(random, &mut input, seeds, words);
    }
    input
}

/// Changes one place of the input.
pub fn mutate(random: &mut Rng, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&[u8]]) {
    let at = random.usize(0..=input.len());
    match random.u8(0..10) {
        0 => flip(random, input),
        1 => set(random, input),
        2 => add(random, input),
        3 => input.truncate(at),
        4 => drop(input.drain(range(random, input.len()))),
        5 => {
            let piece = input[range(random, input.len())].to_vec();
            insert(input, at, &piece);
        }
        6 => {
            let piece = (0..random.usize(1..=8)).map(|_| random.u8(..)).collect::<Vec<_>>();
            insert(input, at, &piece);
        }
        7 => {
            if let Some(other) = random.choice(seeds) {
                let piece = &other[range(random, other.len())];
                insert(input, at, piece);
            }
        }
        _ => match random.choice(words) {
            Some(word) => insert(input, at, word),
            None => set(random, input),
        },
    }
}

fn flip(random: &mut Rng, input: &mut [u8]) {
    if let Some(byte) = random.choice(input) {
        *byte ^= 1 << random.u32(0..8);
    }
}

fn set(random: &mut Rng, input: &mut [u8]) {
    let value = if random.bool() { EDGES[random.usize(..EDGES.len())] } else { random.u8(..) };
    if let Some(byte) = random.choice(input) {
        *byte = value;
    }
}

/// Adds a small number to a byte: lengths and counts are more often wrong by a little.
fn add(random: &mut Rng, input: &mut [u8]) {
    let by = random.u8(1..=4);
    let is_more = random.bool();
    if let Some(byte) = random.choice(input) {
        *byte = if is_more { byte.wrapping_add(by) } else { byte.wrapping_sub(by) };
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    if input.len() + piece.len() <= MAX.max(input.len()) {
        input.splice(at..at, piece.iter().copied());
    }
}

/// Returns a range within this length, mostly a short one.
fn range(random: &mut Rng, length: usize) -> std::ops::Range<usize> {
    let start = random.usize(0..=length);
    let most = if random.u8(..) < 32 { length } else { 16 };
    start..length.min(start + random.usize(0..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_depends_on_its_seed_alone() {
        let seeds = [b"*1\r\n$4\r\nPING\r\n".to_vec(), vec![7; 100]];
        let input = |seed| mutated(&mut Rng::with_seed(seed), &seeds, &[b"$-1"]);
        let inputs: Vec<_> = (0..1000).map(input).collect();
        assert_eq!(inputs, (0..1000).map(input).collect::<Vec<_>>());
        assert!(inputs.iter().all(|input| input.len() <= MAX));
        assert!(inputs.iter().any(|input| input.windows(3).any(|piece| piece == b"$-1")));
        assert!(inputs.iter().filter(|input| input.starts_with(b"*1\r\n")).count() > 100);
    }
}
