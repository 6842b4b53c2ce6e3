//! Changes to the sections of a component that keep everything around them readable.

use std::ops::Range;

use fastrand::Rng;
use fuzz::mutate;

/// The magic number and the version, of a component or a core module.
const HEADER: usize = 8;

/// The ids of sections with nested sections: a core module, and a component.
const NESTED: [u8; 2] = [1, 4];

const WORDS: [&[u8]; 8] = [
    b"\xff\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x80\x00",
    b"wasi:cli/run@0.2.12",
    b"parallel:futures/worker@0.1.0",
    b"parallel:futures/jobs@9.9.9",
    b"\x1b[31m",
    b"\n",
    b"\xc0\x80",
];

/// A section: its id, and the range of its content.
struct Section {
    id: u8,
    whole: Range<usize>,
    content: Range<usize>,
}

/// Returns this component with one section changed, removed, duplicated, moved, or taken from another.
pub(super) fn changed(random: &mut Rng, component: &[u8], other: &[u8]) -> Vec<u8> {
    let sections = sections(component);
    let Some(section) = random.choice(&sections) else {
        let mut bytes = component.to_vec();
        mutate(random, &mut bytes, &[], &WORDS);
        return bytes;
    };
    let (before, behind) = (&component[..section.whole.start], &component[section.whole.end..]);
    let whole = &component[section.whole.clone()];
    let place = random.choice(&sections).map_or(HEADER, |section| section.whole.start);
    match random.u8(0..12) {
        0 => [before, behind].concat(),
        1 => [before, whole, whole, behind].concat(),
        2 => [&component[..place], whole, &component[place..]].concat(),
        3 => {
            let others = self::sections(other);
            let Some(taken) = random.choice(&others) else { return component.to_vec() };
            [&component[..place], &other[taken.whole.clone()], &component[place..]].concat()
        }
        _ => {
            let content = &component[section.content.clone()];
            let is_nested = NESTED.contains(&section.id) && content.starts_with(b"\0asm");
            let content = if is_nested && random.u8(..) > 16 {
                changed(random, content, other)
            } else {
                let mut content = content.to_vec();
                mutate(random, &mut content, &[], &WORDS);
                content
            };
            [before, &[section.id], &length(content.len()), &content, behind].concat()
        }
    }
}

/// Returns the sections that can be found.
fn sections(bytes: &[u8]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut at = HEADER;
    while let Some(&id) = bytes.get(at) {
        let Some((length, start)) = number(bytes, at + 1) else { break };
        let Some(end) = start.checked_add(length).filter(|end| *end <= bytes.len()) else { break };
        sections.push(Section { id, whole: at..end, content: start..end });
        at = end;
    }
    sections
}

/// Parses a LEB128 number. Returns it and the position behind it.
fn number(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.get(start..)?.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, start + index + 1));
        }
    }
    None
}

fn length(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_and_what_is_unchanged_stays() {
        let component = crate::guests::component("template");
        let found = sections(component);
        assert!(found.len() > 20);
        assert_eq!(found.last().map(|section| section.whole.end), Some(component.len()));
        for value in [0, 127, 128, 300_000] {
            assert_eq!(number(&length(value), 0), Some((value, length(value).len())));
        }
        let mut random = Rng::with_seed(1);
        let changed = |_| changed(&mut random, component, component);
        let still = (0..100).map(changed).filter(|changed| changed.starts_with(&component[..HEADER]));
        assert!(still.count() > 90);
    }
}
