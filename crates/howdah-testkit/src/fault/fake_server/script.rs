use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::answer::{Answer, Greeting, TlsAnswer, Turns};

/// What one client did. Passwords are never asked for, and not kept if one is sent; statements that set one are not
/// shown in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// It asked whether the server speaks TLS.
    pub asked_for_tls: bool,
    /// `user`, `database`, `application_name`, `options` and so on, if it came that far.
    pub startup: BTreeMap<String, String>,
    /// The statements it had run, in their order.
    pub statements: Vec<String>,
    /// It asked for the cancellation of a statement of another connection, and that is all it wanted.
    pub cancels: bool,
    /// It is still connected.
    pub open: bool,
}

/// What a fake server does, and what it has seen.
#[derive(Debug)]
pub(crate) struct Script {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) greetings: Turns<Greeting>,
    pub(crate) tls: TlsAnswer,
    pub(crate) parameters: BTreeMap<String, String>,
    /// The latest rule that matches wins.
    pub(crate) answers: Vec<(String, Turns<Answer>)>,
    pub(crate) seen: Vec<Seen>,
}

impl Script {
    pub(crate) fn new() -> Self {
        let parameters = [
            ("server_version", "17.0"),
            ("server_encoding", "UTF8"),
            ("client_encoding", "UTF8"),
            ("DateStyle", "ISO, MDY"),
            ("TimeZone", "UTC"),
            ("integer_datetimes", "on"),
            ("standard_conforming_strings", "on"),
            ("in_hot_standby", "off"),
            ("default_transaction_read_only", "off"),
        ];
        let state = State {
            greetings: Turns::new([Greeting::Welcome]),
            tls: TlsAnswer::No,
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            answers: Vec::new(),
            seen: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
        }
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Nothing under the lock can panic half-way.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what this client does.
    pub(crate) fn note(&self, client: usize, change: impl FnOnce(&mut Seen)) {
        if let Some(seen) = self.lock().seen.get_mut(client) {
            change(seen);
        }
        self.changed.send_replace(());
    }

    /// A new client, and its number.
    pub(crate) fn open(&self) -> usize {
        let number = {
            let mut state = self.lock();
            state.seen.push(Seen {
                open: true,
                ..Seen::default()
            });
            state.seen.len() - 1
        };
        self.changed.send_replace(());
        number
    }

    /// The answer that is next for this statement.
    pub(crate) fn answer(&self, statement: &str) -> Answer {
        let mut state = self.lock();
        let answer = state.turns(statement).and_then(Turns::next);
        answer.unwrap_or(Answer::Done)
    }

    /// An answer with the columns of this statement. Clients ask once and remember, so it is that of the first turn that
    /// has some.
    pub(crate) fn described(&self, statement: &str) -> Answer {
        let mut state = self.lock();
        let has_rows = |answer: &Answer| matches!(answer, Answer::Rows { .. });
        let answer = state
            .turns(statement)
            .and_then(|turns| turns.find(has_rows));
        answer.unwrap_or(Answer::Done)
    }
}

impl State {
    fn turns(&mut self, statement: &str) -> Option<&mut Turns<Answer>> {
        let mut rules = self.answers.iter_mut().rev();
        let rule = rules.find(|(text, _turns)| statement.contains(text.as_str()));
        rule.map(|(_text, turns)| turns)
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |statement: &String| {
            if statement.to_ascii_lowercase().contains("password") {
                return "[REDACTED]".to_owned();
            }
            statement.clone()
        };
        let statements: Vec<String> = self.statements.iter().map(shown).collect();
        f.debug_struct("Seen")
            .field("asked_for_tls", &self.asked_for_tls)
            .field("startup", &self.startup)
            .field("statements", &statements)
            .field("cancels", &self.cancels)
            .field("open", &self.open)
            .finish()
    }
}
