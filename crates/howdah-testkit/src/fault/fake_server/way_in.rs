use std::collections::BTreeMap;
use std::io;

use tokio::io::AsyncWriteExt;

use super::answer::{Greeting, TlsAnswer};
use super::reply::Reply;
use super::session::{Next, Session};
use crate::fault::wire::Frame;

const GARBAGE: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";

impl Session {
    pub(super) async fn answer_tls(&mut self, reply: &mut Reply) -> io::Result<Next> {
        self.script
            .note(self.client, |seen| seen.asked_for_tls = true);
        let answer = self.script.lock().tls;
        match answer {
            TlsAnswer::No => reply.0.push(b'N'),
            TlsAnswer::Garbage => reply.0.push(b'?'),
            TlsAnswer::YesAndThenGarbage => {
                reply.0.push(b'S');
                reply.0.extend(GARBAGE);
            }
            TlsAnswer::YesAndThenSilence => {
                self.stream.write_all(b"S").await?;
                return self.hang().await;
            }
            TlsAnswer::Silence => return self.hang().await,
        }
        Ok(Next::GoOn)
    }

    pub(super) async fn greet(&mut self, frame: &Frame, reply: &mut Reply) -> io::Result<Next> {
        let mut texts = frame.texts();
        let mut startup = BTreeMap::new();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            if !name.is_empty() {
                startup.insert(name, value);
            }
        }
        self.script.note(self.client, |seen| seen.startup = startup);
        let (greeting, parameters) = {
            let mut state = self.script.lock();
            (state.greetings.next(), state.parameters.clone())
        };
        match greeting.unwrap_or(Greeting::Silence) {
            Greeting::Welcome => {
                reply.authenticated();
                for (name, value) in &parameters {
                    reply.parameter(name, value);
                }
                reply.key(u32::try_from(self.client).unwrap_or(u32::MAX));
                reply.ready(false);
                return Ok(Next::GoOn);
            }
            Greeting::Silence => return self.hang().await,
            Greeting::Refusal(refusal) => reply.error("FATAL", &refusal),
            Greeting::Garbage => reply.0.extend(GARBAGE),
            Greeting::HangUp => {}
        }
        Ok(Next::HangUp)
    }
}
