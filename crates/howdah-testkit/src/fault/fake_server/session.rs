use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::Answer;
use super::reply::{Reply, first_word};
use super::script::Script;
use crate::fault::wire::{Frame, Framer, Kind};

/// One client of a fake server.
pub(crate) struct Session {
    pub(super) stream: TcpStream,
    framer: Framer,
    pub(super) script: Arc<Script>,
    pub(super) client: usize,
    in_transaction: bool,
    /// After an error, everything up to the next Sync is passed over.
    skipping: bool,
    prepared: BTreeMap<String, String>,
    /// The statement, and whether its rows are wanted in binary.
    portals: BTreeMap<String, (String, bool)>,
}

/// Whether there is more to say.
pub(super) enum Next {
    GoOn,
    HangUp,
}

impl Session {
    pub(crate) fn new(stream: TcpStream, script: Arc<Script>) -> Self {
        Self {
            stream,
            framer: Framer::of_a_client(),
            client: script.open(),
            script,
            in_transaction: false,
            skipping: false,
            prepared: BTreeMap::new(),
            portals: BTreeMap::new(),
        }
    }

    pub(crate) async fn serve(mut self) {
        // A client that is gone has no use for an error, and the end of the stream is one, too.
        let _gone = self.talk().await;
        self.script.note(self.client, |seen| seen.open = false);
    }

    async fn talk(&mut self) -> io::Result<()> {
        loop {
            let mut reply = Reply::default();
            let frame = self.frame().await?;
            let next = match frame.kind {
                Kind::TlsRequest => self.answer_tls(&mut reply).await?,
                Kind::Startup => self.greet(&frame, &mut reply).await?,
                Kind::Message(tag) => self.hear(tag, &frame, &mut reply).await?,
                Kind::Cancel => {
                    self.script.note(self.client, |seen| seen.cancels = true);
                    Next::HangUp
                }
                Kind::Raw => Next::HangUp,
            };
            self.stream.write_all(&reply.0).await?;
            if matches!(next, Next::HangUp) {
                return self.stream.shutdown().await;
            }
        }
    }

    async fn frame(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(frame) = self.framer.next() {
                return Ok(frame);
            }
            let mut bytes = [0; 4096];
            let count = self.stream.read(&mut bytes).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.framer.push(bytes.get(..count).unwrap_or_default());
        }
    }

    async fn hear(&mut self, tag: char, frame: &Frame, reply: &mut Reply) -> io::Result<Next> {
        if self.skipping && !matches!(tag, 'S' | 'X') {
            return Ok(Next::GoOn);
        }
        let text = frame.texts().next().unwrap_or_default();
        match tag {
            'Q' => {
                let next = self.run(&text, None, reply).await?;
                self.skipping = false;
                if matches!(next, Next::GoOn) {
                    reply.ready(self.in_transaction);
                }
                return Ok(next);
            }
            'P' => {
                let sql = frame.texts().nth(1).unwrap_or_default();
                self.prepared.insert(text, sql);
                reply.message('1', &[]);
            }
            'D' => self.describe(&text, reply),
            'B' => self.bind(frame, reply),
            'E' => {
                let (statement, binary) = self.portals.get(&text).cloned().unwrap_or_default();
                return self.run(&statement, Some(binary), reply).await;
            }
            'C' => reply.message('3', &[]),
            'S' => {
                self.skipping = false;
                reply.ready(self.in_transaction);
            }
            'X' => return Ok(Next::HangUp),
            // Flush asks for what was written already; a password is not looked at.
            _ => {}
        }
        Ok(Next::GoOn)
    }

    /// `what` is `S` or `P` and the name of a statement or portal.
    fn describe(&self, what: &str, reply: &mut Reply) {
        let (statement, binary) = if let Some(name) = what.strip_prefix('S') {
            let statement = self.prepared.get(name).cloned().unwrap_or_default();
            reply.parameters(&statement);
            (statement, false)
        } else {
            let portal = self.portals.get(what.trim_start_matches('P'));
            portal.cloned().unwrap_or_default()
        };
        reply.description(&self.script.described(&statement), binary);
    }

    fn bind(&mut self, frame: &Frame, reply: &mut Reply) {
        let mut texts = frame.texts();
        let portal = texts.next().unwrap_or_default();
        let name = texts.next().unwrap_or_default();
        let statement = self.prepared.get(&name).cloned().unwrap_or_default();
        // The message ends with the formats of the result: a count, and a number each. A last 1 is binary.
        let binary = frame.bytes.last() == Some(&1);
        self.portals.insert(portal, (statement, binary));
        reply.message('2', &[]);
    }

    /// `binary` is for rows whose columns were described before; in a simple query, both come at once, as texts.
    async fn run(
        &mut self,
        statement: &str,
        binary: Option<bool>,
        reply: &mut Reply,
    ) -> io::Result<Next> {
        self.script.note(self.client, |seen| {
            seen.statements.push(statement.to_owned());
        });
        let answer = self.script.answer(statement);
        if binary.is_none() && matches!(answer, Answer::Rows { .. }) {
            reply.description(&answer, false);
        }
        match answer {
            Answer::Done => self.complete(statement, 0, reply),
            Answer::Rows { rows, .. } => {
                reply.rows(&rows, binary.unwrap_or_default());
                self.complete(statement, rows.len(), reply);
            }
            Answer::Error(refusal) => {
                reply.error("ERROR", &refusal);
                self.skipping = true;
            }
            Answer::Fatal(refusal) => {
                reply.error("FATAL", &refusal);
                return Ok(Next::HangUp);
            }
            Answer::Hang => return self.hang().await,
            Answer::HangUp => {
                reply.0.clear();
                return Ok(Next::HangUp);
            }
        }
        Ok(Next::GoOn)
    }

    fn complete(&mut self, statement: &str, rows: usize, reply: &mut Reply) {
        match first_word(statement).as_str() {
            "BEGIN" | "START" => self.in_transaction = true,
            "COMMIT" | "ROLLBACK" | "END" | "ABORT" => self.in_transaction = false,
            _ => {}
        }
        reply.complete(statement, rows);
    }

    /// Says nothing more, until the client has enough.
    pub(super) async fn hang(&mut self) -> io::Result<Next> {
        let mut unheard = [0; 1024];
        while self.stream.read(&mut unheard).await? > 0 {}
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
