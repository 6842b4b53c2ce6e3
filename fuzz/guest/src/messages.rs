//! Messages: any bytes decode to a value of the type or to `BadMessage`, and a value arrives as it was sent.
//!
//! Both ends of a message are the same program, so wrong bytes come only from a program that calls the
//! contract itself, or that has a bug. They must not cause a panic, a loop or memory use that is not
//! accounted for.

mod random;
mod types;

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutate, mutated, within};

use types::KINDS;

/// A message. The first byte selects the type, and the second whether the rest is bytes to decode, or the
/// seed of a value to send.
pub(crate) struct Messages;

const READ: u8 = 0;

impl Make for Messages {
    fn make(_: &Path) -> Self {
        Self
    }
}

impl Target for Messages {
    const LIMIT: Duration = Duration::from_secs(10);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        let kind = random.usize(..KINDS.len());
        let header = |how| vec![kind.try_into().unwrap_or_default(), how];
        match random.u8(0..4) {
            0 => mutated(random, seeds, &[]),
            1 => [header(1), random.u64(..).to_le_bytes().to_vec()].concat(),
            _ => {
                let mut message = (KINDS[kind].message)(random);
                for _ in 0..random.u8(0..4) {
                    mutate(random, &mut message, seeds, &[]);
                }
                [header(READ), message].concat()
            }
        }
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        let [kind, how, rest @ ..] = input else { return Ok(()) };
        let kind = &KINDS[usize::from(*kind) % KINDS.len()];
        let outcome = match how {
            // serde allocates a mebibyte of an announced length at each level. The memory size of a value
            // exceeds its encoded size by a factor that these types bound.
            &READ => within((16 << 20) + 1024 * rest.len(), || (kind.read)(rest)),
            _ => {
                let seed = rest.iter().rev().fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
                (kind.crosses)(&mut Rng::with_seed(seed))
            }
        };
        outcome.map_err(|what| format!("{}: {what}", kind.name))
    }
}
