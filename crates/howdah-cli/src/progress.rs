use std::fmt::Display;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::words;

/// Where nobody looks at a bar, a line now and then says the same.
const BETWEEN_LINES: Duration = Duration::from_secs(5);
const BAR: &str = "{bar:30} {pos}/{len} {msg}  {per_sec}, {eta} left";

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
        self.bar.inc(1);
        let now = Instant::now();
        if self
            .line
            .is_some_and(|line| now.duration_since(line) >= BETWEEN_LINES)
        {
            self.line = Some(now);
            words(format_args!(
                "{} of {} {}, {:.1} a second, {} s left\n",
                self.bar.position(),
                self.bar.length().unwrap_or_default(),
                self.what,
                self.bar.per_sec(),
                self.bar.eta().as_secs(),
            ));
        }
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
            .with_style(style.unwrap_or_else(|_unusable| ProgressStyle::default_bar()))
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
