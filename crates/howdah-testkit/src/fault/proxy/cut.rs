use super::toxic::{Ending, Way};

/// A message that goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// The client has a statement run whose text contains this: a simple query, or the `Execute` of what was prepared
    /// from such a text.
    Statement(String),
    /// The client sends a message of this type: `'P'` is Parse, `'E'` Execute, `'S'` Sync.
    Client(char),
    /// The server sends a message of this type: `'D'` is a row, `'C'` the end of a statement.
    Server(char),
}

/// The end of a connection at one exact message. It happens once, to the connection that meets it first.
///
/// Messages can be told apart only where the connection is not encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a cut does nothing before it is given to a proxy"]
pub struct Cut {
    pub(crate) moment: Moment,
    pub(crate) place: Place,
    pub(crate) nth: u32,
    pub(crate) ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    Amid,
    Answer,
}

impl Cut {
    fn new(moment: Moment, place: Place) -> Self {
        Self {
            moment,
            place,
            nth: 1,
            ending: Ending::Reset,
        }
    }

    /// The message does not arrive: the statement is not run.
    pub fn before(moment: Moment) -> Self {
        Self::new(moment, Place::Before)
    }

    /// Half of the message arrives.
    pub fn amid(moment: Moment) -> Self {
        Self::new(moment, Place::Amid)
    }

    /// The statement is run, the server has answered, and the client does not get the answer. For a `commit`, that is
    /// the outcome which nobody at the client's end can know. The server's session is open until the cut.
    pub fn answer_to(statement: impl Into<String>) -> Self {
        Self::new(Moment::Statement(statement.into()), Place::Answer)
    }

    /// At the nth such message of all connections together, counted from 1 and from the injection.
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth.max(1);
        self
    }

    /// How it ends; [`Ending::Reset`] is the default.
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Counts down; true once, when its time has come.
    pub(crate) fn meets(&mut self, way: Way, tag: char, statement: Option<&str>) -> bool {
        let met = match &self.moment {
            Moment::Statement(text) => {
                statement.is_some_and(|statement| statement.contains(text.as_str()))
            }
            Moment::Client(wanted) => way == Way::ToServer && *wanted == tag,
            Moment::Server(wanted) => way == Way::ToClient && *wanted == tag,
        };
        if !met || self.nth == 0 {
            return false;
        }
        self.nth -= 1;
        self.nth == 0
    }
}
