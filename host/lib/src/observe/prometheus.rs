//! Statistics of a run as text for Prometheus, in its [exposition format].
//!
//! [exposition format]: https://prometheus.io/docs/instrumenting/exposition_formats/

use std::fmt::{self, Display, Write};

use super::event::End;

/// The quantiles of a summary, as they are written.
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99")];

/// Writes metrics one after the other.
pub(super) struct Metrics<'a, 'b>(pub(super) &'a mut fmt::Formatter<'b>);

impl Metrics<'_, '_> {
    /// Writes a metric that counts, whose name ends in `_total`, with a value for each value of a label.
    pub(super) fn counters<V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (impl Display, V)>,
    ) -> fmt::Result {
        self.head(name, help, "counter")?;
        values
            .into_iter()
            .try_for_each(|(of, value)| self.line(name, &format!("{{{label}=\"{of}\"}}"), value))
    }

    /// Writes a metric that counts, whose name ends in `_total`.
    pub(super) fn counter(&mut self, name: &str, help: &str, value: impl Display) -> fmt::Result {
        self.head(name, help, "counter")?;
        self.line(name, "", value)
    }

    /// Writes a metric that may rise and fall.
    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) -> fmt::Result {
        self.head(name, help, "gauge")?;
        self.line(name, "", value)
    }

    /// Writes a distribution of times, in seconds.
    pub(super) fn summary(
        &mut self,
        name: &str,
        help: &str,
        at: impl Fn(f64) -> f64,
        sum: f64,
        count: u64,
    ) -> fmt::Result {
        self.head(name, help, "summary")?;
        for (quantile, label) in QUANTILES {
            self.line(name, &format!("{{quantile=\"{label}\"}}"), at(quantile))?;
        }
        self.line(&format!("{name}_sum"), "", sum)?;
        self.line(&format!("{name}_count"), "", count)
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) -> fmt::Result {
        writeln!(self.0, "# HELP parallel_host_{name} {help}\n# TYPE parallel_host_{name} {kind}")
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) -> fmt::Result {
        writeln!(self.0, "parallel_host_{name}{labels} {value}")
    }
}

/// Displays how a job ended, as the value of a label.
pub(super) struct Label(pub(super) End);

impl Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_string().chars().try_for_each(|c| f.write_char(if c == ' ' { '_' } else { c }))
    }
}
