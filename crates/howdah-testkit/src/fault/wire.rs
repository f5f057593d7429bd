//! Messages of the protocol as they stand on the wire: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

/// What is larger is handed on in parts, so that a bulk load does not have to fit into memory.
const LARGE: usize = 64 * 1024;
/// The server's own limit for a start-up packet.
const LARGEST_STARTUP: usize = 10_000;

const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// A message, or the beginning of a large one.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Who wants in, and with which parameters.
    Startup,
    /// The question whether to encrypt; its answer is one byte.
    TlsRequest,
    Cancel,
    Message(char),
    /// The rest of a large message, or what is no message at all.
    Raw,
}

impl Frame {
    /// Without the tag and the length.
    pub(crate) fn body(&self) -> &[u8] {
        let skip = if matches!(self.kind, Kind::Message(_)) {
            5
        } else {
            8
        };
        self.bytes.get(skip..).unwrap_or_default()
    }

    /// The body's zero-terminated strings, as far as it begins with such.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.body()
            .split(|byte| *byte == 0)
            .map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

/// Cuts a stream of one direction into messages.
#[derive(Debug)]
pub(crate) struct Framer {
    buffer: Vec<u8>,
    /// What comes next has no tag.
    startup: bool,
    /// How much of a large message is still to come.
    rest: usize,
    /// Encrypted, or no PostgreSQL at all.
    opaque: bool,
}

impl Framer {
    pub(crate) fn of_a_client() -> Self {
        Self {
            startup: true,
            ..Self::of_a_server()
        }
    }

    pub(crate) fn of_a_server() -> Self {
        Self {
            buffer: Vec::new(),
            startup: false,
            rest: 0,
            opaque: false,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// From here on, nothing can be read.
    pub(crate) fn is_opaque_from_here(&mut self) {
        self.opaque = true;
    }

    /// The next whole message.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        if self.buffer.is_empty() {
            return None;
        }
        if self.opaque {
            return Some(self.raw(usize::MAX));
        }
        if self.rest > 0 {
            let frame = self.raw(self.rest);
            self.rest = self.rest.saturating_sub(frame.bytes.len());
            return Some(frame);
        }
        let header = usize::from(!self.startup);
        let length = usize::try_from(number(self.buffer.get(header..)?)?).unwrap_or(usize::MAX);
        if length < 4 || (self.startup && !(8..=LARGEST_STARTUP).contains(&length)) {
            self.opaque = true;
            return self.next();
        }
        let length = header.saturating_add(length);
        let there = self.buffer.len();
        if there < length && (length <= LARGE || there < LARGE) {
            return None;
        }
        self.rest = length.saturating_sub(there);
        let mut frame = self.raw(length);
        frame.kind = self.kind(&frame.bytes);
        Some(frame)
    }

    /// What is left when the stream ends in the middle of a message.
    pub(crate) fn tail(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    fn kind(&mut self, bytes: &[u8]) -> Kind {
        if !self.startup {
            return bytes
                .first()
                .map_or(Kind::Raw, |tag| Kind::Message(char::from(*tag)));
        }
        match bytes.get(4..).and_then(number) {
            Some(TLS | GSS) => Kind::TlsRequest,
            Some(CANCEL) => Kind::Cancel,
            _ => {
                self.startup = false;
                Kind::Startup
            }
        }
    }

    fn raw(&mut self, at_most: usize) -> Frame {
        let end = at_most.min(self.buffer.len());
        Frame {
            kind: Kind::Raw,
            bytes: self.buffer.drain(..end).collect(),
        }
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes
        .first_chunk()
        .map(|bytes: &[u8; 4]| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTUP: &[u8] = b"\0\0\0\x11\0\x03\0\0user\0ann\0";
    const QUERY: &[u8] = b"Q\0\0\0\x0dselect 1\0";

    fn frames(framer: &mut Framer, bytes: &[u8]) -> Vec<Frame> {
        framer.push(bytes);
        std::iter::from_fn(|| framer.next()).collect()
    }

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let stream = [STARTUP, QUERY, QUERY].concat();
        for size in 1..stream.len() {
            let mut framer = Framer::of_a_client();
            let found: Vec<Frame> = stream
                .chunks(size)
                .flat_map(|chunk| frames(&mut framer, chunk))
                .collect();
            let kinds: Vec<Kind> = found.iter().map(|frame| frame.kind).collect();
            let query = Kind::Message('Q');
            assert_eq!(kinds, [Kind::Startup, query, query], "in parts of {size}");
            assert_eq!(found[1].texts().next().unwrap(), "select 1");
            let bytes: Vec<u8> = found.into_iter().flat_map(|frame| frame.bytes).collect();
            assert_eq!(bytes, stream);
        }
    }

    #[test]
    fn a_large_message_is_handed_on_in_parts() {
        let mut framer = Framer::of_a_server();
        let body = vec![b'x'; 3 * LARGE];
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        let stream = [b"D".as_slice(), &length, &body, b"Z\0\0\0\x05I"].concat();
        let found: Vec<Frame> = stream
            .chunks(LARGE)
            .flat_map(|chunk| frames(&mut framer, chunk))
            .collect();
        assert_eq!(found[0].kind, Kind::Message('D'));
        assert_eq!(found.last().unwrap().kind, Kind::Message('Z'));
        assert!(found.iter().all(|frame| frame.bytes.len() < 3 * LARGE));
        let bytes: Vec<u8> = found.into_iter().flat_map(|frame| frame.bytes).collect();
        assert_eq!(bytes, stream);
    }

    #[test]
    fn what_is_no_message_is_handed_on_as_it_is() {
        let mut framer = Framer::of_a_client();
        let found = frames(&mut framer, b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(found[0].kind, Kind::Raw);
        assert_eq!(found[0].bytes, b"GET / HTTP/1.1\r\n\r\n");
    }
}
