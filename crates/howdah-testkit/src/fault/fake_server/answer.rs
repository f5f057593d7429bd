use std::collections::VecDeque;

/// What a fake server says to a client that wants in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Greeting {
    /// Come in, without a password.
    Welcome,
    /// Nothing, for ever: a server that is stopped, or too busy to answer.
    Silence,
    /// A fatal error.
    Refusal(Refusal),
    /// Bytes that are no PostgreSQL: the port belongs to somebody else now.
    Garbage,
    /// The end of the stream, without a word.
    HangUp,
}

/// A server's error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Such as `57P03`.
    pub sqlstate: String,
    /// Its words.
    pub message: String,
}

impl Refusal {
    /// An error with this code and these words.
    pub fn new(sqlstate: &str, message: &str) -> Self {
        Self {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl Greeting {
    /// The server was just started (57P03).
    pub fn starting_up() -> Self {
        Self::refusal("57P03", "the database system is starting up")
    }

    /// All slots are taken (53300).
    pub fn too_many_clients() -> Self {
        Self::refusal("53300", "sorry, too many clients already")
    }

    /// The password was changed, or is wrong (28P01).
    pub fn wrong_password() -> Self {
        Self::refusal("28P01", "password authentication failed")
    }

    /// There is no such database (3D000).
    pub fn no_such_database() -> Self {
        Self::refusal("3D000", "database does not exist")
    }

    /// Any other fatal error.
    pub fn refusal(sqlstate: &str, message: &str) -> Self {
        Self::Refusal(Refusal::new(sqlstate, message))
    }
}

/// What a fake server says to the question whether it speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsAnswer {
    /// `N`.
    No,
    /// `S`, and then garbage instead of a handshake.
    YesAndThenGarbage,
    /// `S`, and then nothing.
    YesAndThenSilence,
    /// A byte that is no answer.
    Garbage,
    /// Nothing at all.
    Silence,
}

/// What a fake server does with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It succeeds without rows.
    Done,
    /// Rows.
    Rows {
        /// The names of the columns. Their types are those of the first row.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Cell>>,
    },
    /// It fails, and the connection goes on.
    Error(Refusal),
    /// The server ends the session: 57P01 is what a shutdown says.
    Fatal(Refusal),
    /// No answer, for ever.
    Hang,
    /// The connection is closed without an answer.
    HangUp,
}

impl Answer {
    /// One row of one column.
    pub fn value(value: impl Into<Cell>) -> Self {
        Self::Rows {
            columns: vec!["value".to_owned()],
            rows: vec![vec![value.into()]],
        }
    }

    /// A failure that leaves the connection open.
    pub fn error(sqlstate: &str, message: &str) -> Self {
        Self::Error(Refusal::new(sqlstate, message))
    }

    /// A failure that ends the connection.
    pub fn fatal(sqlstate: &str, message: &str) -> Self {
        Self::Fatal(Refusal::new(sqlstate, message))
    }
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cell {
    /// `null`, of type `text`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `bigint`.
    Int(i64),
    /// `text`.
    Text(String),
}

impl Cell {
    /// The number of its type in `pg_type`.
    pub(crate) fn oid(&self) -> u32 {
        match self {
            Self::Bool(_) => 16,
            Self::Int(_) => 20,
            Self::Null | Self::Text(_) => 25,
        }
    }

    pub(crate) fn bytes(&self, binary: bool) -> Option<Vec<u8>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(value) if binary => vec![u8::from(*value)],
            Self::Bool(value) => vec![if *value { b't' } else { b'f' }],
            Self::Int(value) if binary => value.to_be_bytes().to_vec(),
            Self::Int(value) => value.to_string().into_bytes(),
            Self::Text(value) => value.clone().into_bytes(),
        })
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// One after the other; the last one again and again.
#[derive(Debug)]
pub(crate) struct Turns<T>(VecDeque<T>);

impl<T: Clone> Turns<T> {
    pub(crate) fn new(turns: impl IntoIterator<Item = T>) -> Self {
        Self(turns.into_iter().collect())
    }

    pub(crate) fn next(&mut self) -> Option<T> {
        if self.0.len() > 1 {
            return self.0.pop_front();
        }
        self.0.front().cloned()
    }

    pub(crate) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        self.0.iter().find(|turn| wanted(turn)).cloned()
    }
}
