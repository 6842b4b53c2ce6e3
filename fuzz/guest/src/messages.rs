//! What arrives as a message: any bytes are a value of the type or `BadMessage`, and a value arrives as it
//! was sent.
//!
//! Both ends of a message are one program, so wrong bytes come only from a program that calls the contract
//! itself, or that has a bug. They must not become a panic, a loop or memory that nothing accounts for.

mod random;
mod types;

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutate, mutated, within};

use types::KINDS;

/// A message: the first byte says of which type, and the second whether bytes follow that are to be read, or
/// the seed of a value that is to be sent.
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
            // serde makes room for a mebibyte of what a length announces, at each level that is read; and
            // what is longer in memory than in bytes is so by a factor that the types here have.
            &READ => within((16 << 20) + 1024 * rest.len(), || (kind.read)(rest)),
            _ => {
                let seed = rest.iter().rev().fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
                (kind.crosses)(&mut Rng::with_seed(seed))
            }
        };
        outcome.map_err(|what| format!("{}: {what}", kind.name))
    }
}
