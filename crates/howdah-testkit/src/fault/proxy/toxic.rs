use std::time::Duration;

/// One direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What the client sends.
    ToServer,
    /// What the server sends.
    ToClient,
}

impl Way {
    /// Both directions.
    pub const BOTH: &'static [Self] = &[Self::ToServer, Self::ToClient];
}

/// What a network does to a connection, for as long as it does it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Toxic {
    /// A long way: everything arrives this much later, and in order. It does not slow down the flow. What is on the way
    /// already keeps its delay when the toxic is removed.
    Latency {
        /// By how much at least.
        delay: Duration,
        /// Up to this much more, evenly spread.
        jitter: Duration,
    },
    /// A narrow line.
    Bandwidth {
        /// Of each connection.
        bytes_per_second: u32,
    },
    /// Tiny packets: a reader that takes the first part of a message for the whole one is found out.
    Slicer {
        /// The size of a packet.
        bytes: usize,
        /// Between two packets.
        pause: Duration,
    },
    /// A firewall that forgot the connection, a pulled cable, a host without power: everything stays open, nothing
    /// arrives. What was sent meanwhile arrives when the fault is over, as TCP sends it again.
    BlackHole,
    /// Each connection ends when this many bytes went through, counted from the first ones after the injection.
    EndAfter {
        /// How many still arrive, one at least.
        bytes: u64,
        /// And then.
        ending: Ending,
    },
}

impl Toxic {
    /// [`Latency`](Self::Latency) without jitter.
    pub fn latency(delay: Duration) -> Self {
        Self::Latency {
            delay,
            jitter: Duration::ZERO,
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Both ends get a reset: the process at the other end was killed, or a load balancer dropped the connection.
    Reset,
    /// Both ends get an end of the stream: the other end closed the connection in good order.
    Close,
    /// No end at all: nothing arrives any more, in either direction, for ever, and neither end is told.
    Silence,
    /// The receiver of this direction gets an end of the stream; the other direction goes on.
    HalfClose(Way),
}

/// What all toxics together do to one direction, right now.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    pub(crate) bytes_per_second: Option<u32>,
    pub(crate) slice: Option<(usize, Duration)>,
    pub(crate) black_hole: bool,
    /// The toxic's number, its bytes, its ending.
    pub(crate) limits: Vec<(u64, u64, Ending)>,
}

impl Conditions {
    pub(crate) fn add(&mut self, number: u64, toxic: &Toxic) {
        match *toxic {
            Toxic::Latency { delay, jitter } => {
                self.delay = self.delay.saturating_add(delay);
                self.jitter = self.jitter.saturating_add(jitter);
            }
            Toxic::Bandwidth { bytes_per_second } => {
                let known = self.bytes_per_second.unwrap_or(u32::MAX);
                self.bytes_per_second = Some(known.min(bytes_per_second.max(1)));
            }
            Toxic::Slicer { bytes, pause } => {
                let known = self.slice.unwrap_or((usize::MAX, Duration::ZERO));
                self.slice = Some((known.0.min(bytes.max(1)), known.1.max(pause)));
            }
            Toxic::BlackHole => self.black_hole = true,
            Toxic::EndAfter { bytes, ending } => self.limits.push((number, bytes.max(1), ending)),
        }
    }
}
