//! Medians, with the quartiles as their spread.

use std::fmt;

/// The median of a sample, and its quartiles.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    low: f64,
    high: f64,
}

impl Spread {
    /// Returns the spread of a sample that is not empty.
    pub(crate) fn of(sample: impl IntoIterator<Item = f64>) -> Self {
        let mut sample: Vec<f64> = sample.into_iter().collect();
        sample.sort_by(f64::total_cmp);
        let quartile = |quarters: usize| sample[(sample.len() - 1) * quarters / 4];
        Self { median: quartile(2), low: quartile(1), high: quartile(3) }
    }
}

/// Writes `median (low–high)`.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        let digits = if *median < 3.0 { 2 } else { 1 };
        write!(f, "{median:.digits$} ({low:.digits$}–{high:.digits$})")
    }
}
