use std::error::Error as StdError;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use serde_json::json;

use crate::Error;
use crate::describe::describe;
use crate::progress::Progress;

/// Where a command's data and words go: data to standard output, words to standard error.
#[derive(Debug)]
pub struct Output {
    json: bool,
    words: Words,
    colour: bool,
    step: Option<Instant>,
    /// Whether JSON stands on standard output: there is one value.
    has_result: bool,
}

/// How words are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// In colour, and the line of a step is written over.
    Terminal,
    Plain,
    None,
}

impl Output {
    /// For a command with or without `--json`; colour only on a terminal and without `NO_COLOR`.
    pub fn new(json: bool, no_color: bool) -> Self {
        Self {
            json,
            words: if io::stderr().is_terminal() && !no_color {
                Words::Terminal
            } else {
                Words::Plain
            },
            colour: io::stdout().is_terminal() && !no_color,
            step: None,
            has_result: false,
        }
    }

    /// Says nothing: for a command that asks others and has words of its own.
    pub(crate) fn silent() -> Self {
        Self {
            json: false,
            words: Words::None,
            colour: false,
            step: None,
            has_result: false,
        }
    }

    /// Whether the data is to be JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the data may be coloured: somebody looks at it.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// A step begins. On a terminal it is shown until it ends.
    pub fn begin(&mut self, step: impl Display) {
        self.step = Some(Instant::now());
        self.step(step);
    }

    /// What the step is doing now.
    pub fn step(&mut self, step: impl Display) {
        if self.words == Words::Terminal {
            words(format_args!("\r\x1b[2K\x1b[2m… {step}\x1b[0m"));
        }
    }

    /// The step has ended well.
    pub fn done(&mut self, result: impl Display) {
        let seconds = self
            .step
            .take()
            .map_or(0.0, |start| start.elapsed().as_secs_f64());
        match self.words {
            Words::Terminal => words(format_args!(
                "\r\x1b[2K\x1b[32m✓\x1b[0m {result} \x1b[2m{seconds:.2} s\x1b[0m\n"
            )),
            Words::Plain => words(format_args!("ok: {result} ({seconds:.2} s)\n")),
            Words::None => {}
        }
    }

    /// The step has ended, and not all is well.
    pub(crate) fn undone(&mut self, result: impl Display) {
        self.step = None;
        match self.words {
            Words::Terminal => words(format_args!("\r\x1b[2K\x1b[31m✗\x1b[0m {result}\n")),
            Words::Plain => words(format_args!("failed: {result}\n")),
            Words::None => {}
        }
    }

    /// Something that the person should know.
    pub fn note(&mut self, note: impl Display) {
        match self.words {
            Words::Terminal => words(format_args!("\r\x1b[2K\x1b[33mnote:\x1b[0m {note}\n")),
            Words::Plain => words(format_args!("note: {note}\n")),
            Words::None => {}
        }
    }

    /// So many of something are about to be done.
    pub(crate) fn progress(&self, total: usize, what: &'static str) -> Progress {
        match self.words {
            Words::Terminal => {
                // The bar takes the line of the step that is being shown.
                words(format_args!("\r\x1b[2K"));
                Progress::bar(total, what)
            }
            Words::Plain => Progress::lines(total, what),
            Words::None => Progress::none(total, what),
        }
    }

    /// A question without a line end, to be answered on standard input.
    pub fn ask(&mut self, question: impl Display) {
        words(format_args!("{question} "));
    }

    /// The command's result: text, or the value as JSON with `--json`.
    ///
    /// # Errors
    /// When standard output cannot be written, or the value is no JSON.
    pub fn result(&mut self, text: impl Display, value: &impl serde::Serialize) -> io::Result<()> {
        match self.print(text, value) {
            // `| head` has read what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }

    /// With `--json`, why the command fails, as an object with the one member `error`; nothing if its result, which says
    /// so, is printed already. The words are [`print_error`]'s.
    pub(crate) fn error(&mut self, error: &Error) {
        if self.json && !self.has_result {
            // Nobody is left to tell: the exit code says the rest.
            let _lost = self.result("", &json!({ "error": describe(error) }));
        }
    }

    fn print(&mut self, text: impl Display, value: &impl serde::Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            self.has_result = true;
            let json = serde_json::to_string_pretty(value)?;
            writeln!(out, "{json}")?;
        } else {
            write!(out, "{text}")?;
        }
        out.flush()
    }
}

/// An error with its causes, a line each.
pub fn print_error(error: &dyn StdError) {
    // A step that was being shown has not ended its line.
    let clear = if io::stderr().is_terminal() {
        "\r\x1b[2K"
    } else {
        ""
    };
    words(format_args!("{clear}error: {error}\n"));
    for cause in causes(error) {
        let indented = cause.replace('\n', "\n    ");
        words(format_args!("  because: {indented}\n"));
    }
}

/// The causes of an error, each once.
pub(crate) fn causes(error: &dyn StdError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // The driver prints its cause, and also returns it.
        if !said.ends_with(&text) {
            causes.push(of_server(error).unwrap_or_else(|| text.clone()));
        }
        said = text;
        cause = error.source();
    }
    causes
}

/// What the server says, with its code, and without the line of its own source that the driver adds.
fn of_server(error: &(dyn StdError + 'static)) -> Option<String> {
    let boxed = error.downcast_ref::<Box<sqlx::Error>>();
    let driver = boxed.map(|boxed| &**boxed).or(error.downcast_ref())?;
    let sqlx::Error::Database(database) = driver else {
        return None;
    };
    let message = database.message();
    Some(match database.code() {
        Some(code) => format!("{message} (SQLSTATE {code})"),
        None => message.to_owned(),
    })
}

/// Words that cannot be written are lost: there is nobody to tell.
pub(crate) fn words(text: std::fmt::Arguments<'_>) {
    let mut err = io::stderr().lock();
    let _lost = err.write_fmt(text).and_then(|()| err.flush());
}
