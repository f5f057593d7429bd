use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::words;

/// Where nobody looks at a bar, a line now and then says the same.
const BETWEEN_LINES: Duration = Duration::from_secs(5);
const BAR: &str = "{bar:30} {pos}/{len} {msg}{pace}";

/// How far something has come, how fast it goes, and how long it will take.
pub(crate) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    /// When the last line was written; `None`: no lines.
    line: Option<Instant>,
}

impl Progress {
    pub(crate) fn bar(total: usize, what: &'static str) -> Self {
        let this = Self::on(ProgressDrawTarget::stderr(), total, what);
        this.bar.enable_steady_tick(Duration::from_millis(200));
        this
    }

    pub(crate) fn lines(total: usize, what: &'static str) -> Self {
        let mut this = Self::none(total, what);
        this.line = Some(Instant::now());
        this
    }

    pub(crate) fn none(total: usize, what: &'static str) -> Self {
        Self::on(ProgressDrawTarget::hidden(), total, what)
    }

    /// One more is done.
    pub(crate) fn advance(&mut self) {
        if let Some(line) = self.advance_at(Instant::now()) {
            words(format_args!("{line}\n"));
        }
    }

    /// The line that is due then, if one is.
    fn advance_at(&mut self, now: Instant) -> Option<String> {
        self.bar.inc(1);
        self.line
            .filter(|line| now.duration_since(*line) >= BETWEEN_LINES)?;
        self.line = Some(now);
        Some(format!(
            "{} of {} {}{}",
            self.bar.position(),
            self.bar.length().unwrap_or_default(),
            self.what,
            Pace(self.bar.per_sec(), self.bar.eta())
        ))
    }

    /// Something that the person should know, beside the bar.
    pub(crate) fn note(&self, note: impl Display) {
        if self.line.is_some() {
            words(format_args!("note: {note}\n"));
        } else {
            self.bar.println(format!("note: {note}"));
        }
    }

    fn on(target: ProgressDrawTarget, total: usize, what: &'static str) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let style = ProgressStyle::with_template(BAR);
        let bar = ProgressBar::with_draw_target(Some(total), target)
            .with_style(
                style
                    .unwrap_or_else(|_unusable| ProgressStyle::default_bar())
                    .with_key("pace", pace),
            )
            .with_message(what);
        Self {
            bar,
            what,
            line: None,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How many a second, and for how long; nothing as long as that is not known.
struct Pace(f64, Duration);

impl Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rate, left) = self;
        if *rate <= 0.0 {
            return Ok(());
        }
        write!(f, ", {rate:.1} a second, {} s left", left.as_secs())
    }
}

fn pace(state: &ProgressState, out: &mut dyn fmt::Write) {
    // What cannot be written is not shown.
    let _lost = write!(out, "{}", Pace(state.per_sec(), state.eta()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_line_now_and_then_says_how_far_it_is() {
        let mut progress = Progress::lines(3, "schemas");
        let begun = progress.line.unwrap();
        let soon = begun + BETWEEN_LINES / 2;
        assert_eq!(progress.advance_at(soon), None);
        let line = progress.advance_at(begun + BETWEEN_LINES).unwrap();
        assert!(line.starts_with("2 of 3 schemas, "), "{line}");
        assert!(line.ends_with(" a second, 0 s left"), "{line}");
        // The time begins anew.
        assert_eq!(progress.advance_at(begun + BETWEEN_LINES), None);
    }

    #[test]
    fn who_wants_no_words_gets_no_lines() {
        let mut progress = Progress::none(1, "schemas");
        let late = Instant::now() + 10 * BETWEEN_LINES;
        assert_eq!(progress.advance_at(late), None);
    }

    #[test]
    fn nothing_is_guessed_before_the_first_is_done() {
        assert_eq!(Pace(0.0, Duration::ZERO).to_string(), "");
        let pace = Pace(12.34, Duration::from_secs(9)).to_string();
        assert_eq!(pace, ", 12.3 a second, 9 s left");
    }
}
