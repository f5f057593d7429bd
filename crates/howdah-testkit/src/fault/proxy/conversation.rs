use std::collections::BTreeMap;

use super::cut::{Cut, Place};
use super::shared::Shared;
use super::toxic::{Ending, Way};
use crate::fault::wire::{Frame, Framer, Kind};

/// What the two ends of a connection have said so far, as far as cuts depend on it.
#[derive(Debug)]
pub(crate) struct Conversation {
    client: Framer,
    server: Framer,
    /// The server's next byte says whether to encrypt.
    tls_asked: bool,
    /// How many answers the client asked for, and how many are complete.
    asked: u64,
    answered: u64,
    swallowing: Option<Swallowing>,
    statements: Statements,
}

/// The answer that does not reach the client.
#[derive(Debug)]
struct Swallowing {
    answer: u64,
    ending: Ending,
}

/// What goes on to the other end, and whether that is the last of it.
#[derive(Debug, Default)]
pub(crate) struct Passing {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ending: Option<Ending>,
}

impl Conversation {
    pub(crate) fn new() -> Self {
        Self {
            client: Framer::of_a_client(),
            server: Framer::of_a_server(),
            tls_asked: false,
            asked: 0,
            answered: 0,
            swallowing: None,
            statements: Statements::default(),
        }
    }

    pub(crate) fn hear(&mut self, way: Way, bytes: &[u8], shared: &Shared) -> Passing {
        match way {
            Way::ToServer => self.hear_client(bytes, shared),
            Way::ToClient => self.hear_server(bytes, shared),
        }
    }

    /// This end will say nothing more.
    pub(crate) fn end(&mut self, way: Way) -> Passing {
        match way {
            Way::ToServer => Passing {
                bytes: self.client.tail(),
                ending: None,
            },
            Way::ToClient => match self.swallowing.take() {
                None => Passing {
                    bytes: self.server.tail(),
                    ending: None,
                },
                Some(swallowing) => Passing {
                    bytes: Vec::new(),
                    ending: Some(swallowing.ending),
                },
            },
        }
    }

    fn hear_client(&mut self, bytes: &[u8], shared: &Shared) -> Passing {
        self.client.push(bytes);
        let mut passing = Passing::default();
        while let Some(frame) = self.client.next() {
            match frame.kind {
                Kind::TlsRequest => self.tls_asked = true,
                Kind::Startup => self.asked += 1,
                Kind::Cancel | Kind::Raw => {}
                Kind::Message(tag) => {
                    let asks = matches!(tag, 'Q' | 'S' | 'F');
                    let statement = self.statements.run_by(tag, &frame);
                    let cut = shared.saw(Way::ToServer, tag, statement.as_deref());
                    match cut {
                        Some(cut) if cut.place == Place::Answer => {
                            self.swallowing = Some(Swallowing {
                                answer: self.asked + 1,
                                ending: cut.ending,
                            });
                        }
                        Some(cut) => return passing.cut(&cut, frame),
                        None => {}
                    }
                    self.asked += u64::from(asks);
                }
            }
            passing.bytes.extend(frame.bytes);
        }
        passing
    }

    fn hear_server(&mut self, bytes: &[u8], shared: &Shared) -> Passing {
        let mut passing = Passing::default();
        let bytes = self.take_tls_answer(bytes, &mut passing);
        self.server.push(bytes);
        while let Some(frame) = self.server.next() {
            let swallowed = self.swallowing.as_ref().and_then(|swallowing| {
                (self.answered + 1 >= swallowing.answer).then_some(swallowing.ending)
            });
            if let Kind::Message(tag) = frame.kind {
                if let Some(cut) = shared.saw(Way::ToClient, tag, None) {
                    return passing.cut(&cut, frame);
                }
                if tag == 'Z' {
                    self.answered += 1;
                    if swallowed.is_some() {
                        passing.ending = swallowed;
                        return passing;
                    }
                }
            }
            if swallowed.is_none() {
                passing.bytes.extend(frame.bytes);
            }
        }
        passing
    }

    fn take_tls_answer<'a>(&mut self, bytes: &'a [u8], passing: &mut Passing) -> &'a [u8] {
        let Some((answer, rest)) = bytes.split_first().filter(|_| self.tls_asked) else {
            return bytes;
        };
        self.tls_asked = false;
        match answer {
            b'N' => {
                passing.bytes.push(*answer);
                rest
            }
            // An error message instead of an answer.
            b'E' => bytes,
            _encrypted => {
                self.client.is_opaque_from_here();
                self.server.is_opaque_from_here();
                bytes
            }
        }
    }
}

impl Passing {
    fn cut(mut self, cut: &Cut, frame: Frame) -> Self {
        if cut.place == Place::Amid {
            let half = frame.bytes.len() / 2;
            self.bytes.extend(frame.bytes.into_iter().take(half));
        }
        self.ending = Some(cut.ending);
        self
    }
}

/// Which text is behind a name.
#[derive(Debug, Default)]
struct Statements {
    prepared: BTreeMap<String, String>,
    portals: BTreeMap<String, String>,
}

impl Statements {
    /// The text of the statement that this message has run.
    fn run_by(&mut self, tag: char, frame: &Frame) -> Option<String> {
        let mut texts = frame.texts();
        match tag {
            'Q' => texts.next(),
            'P' => {
                self.prepared.insert(texts.next()?, texts.next()?);
                None
            }
            'B' => {
                let (portal, name) = (texts.next()?, texts.next()?);
                let statement = self.prepared.get(&name).cloned().unwrap_or_default();
                self.portals.insert(portal, statement);
                None
            }
            'E' => self.portals.get(&texts.next()?).cloned(),
            _ => None,
        }
    }
}
