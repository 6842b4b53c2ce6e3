//! Checks that a series of samples is flat.

use std::fmt;

use serde_json::{Value, json};

/// Samples of one figure, in the order in which they were taken.
#[derive(Debug)]
pub(super) struct Trend {
    name: &'static str,
    early: f64,
    late: f64,
    most: f64,
    /// The allowed growth.
    allowed: f64,
}

impl Trend {
    /// Compares the second third of the samples with the last.
    ///
    /// The first third is the warm-up, in which caches fill: mapped code, and memory that the allocator and the
    /// pool keep. Medians are compared, because a single sample may include a thread that is just ending.
    pub(super) fn new(name: &'static str, samples: Vec<f64>, allowed: f64) -> Self {
        let third = samples.len() / 3;
        let most = samples.iter().copied().fold(0.0, f64::max);
        let early = median(&samples[third..2 * third]);
        let late = median(&samples[samples.len() - third..]);
        Self { name, early, late, most, allowed }
    }

    pub(super) fn is_flat(&self) -> bool {
        self.late - self.early <= self.allowed
    }

    pub(super) fn to_json(&self) -> Value {
        let Self { name, early, late, most, allowed } = self;
        json!({ "name": name, "early": early, "late": late, "most": most, "allowed": allowed })
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, early, late, .. } = self;
        write!(f, "{name}: from {early:.1} in the second third of the time to {late:.1} in the last")
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_after_the_first_third_is_not_flat() {
        let is_flat = |sample: fn(u32) -> f64| {
            let samples = (0..40).map(sample).collect();
            Trend::new("x", samples, 4.0).is_flat()
        };
        assert!(is_flat(|_| 7.0));
        assert!(is_flat(|n| f64::from(n.min(10))), "it warms up");
        assert!(is_flat(|n| if n == 35 { 100.0 } else { 7.0 }), "one sample is late");
        assert!(is_flat(|n| f64::from(40 - n)));
        assert!(!is_flat(f64::from));
        assert!(!is_flat(|n| if n < 26 { 7.0 } else { 12.0 }));
    }
}
