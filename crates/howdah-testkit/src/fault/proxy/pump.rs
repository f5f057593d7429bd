use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::conversation::{Conversation, Passing};
use super::shared::{Link, Shared};
use super::toxic::{Conditions, Ending, Way};

const CHUNK: usize = 16 * 1024;
/// How many chunks can be on a long way at once.
const ON_THE_WAY: usize = 256;
/// A narrow line is written to this often in a second.
const WRITES_PER_SECOND: u32 = 50;

/// One direction of one connection.
pub(crate) struct Pump<'a> {
    pub(crate) way: Way,
    pub(crate) from: &'a TcpStream,
    pub(crate) to: &'a TcpStream,
    pub(crate) shared: &'a Shared,
    pub(crate) link: &'a Link,
    pub(crate) conversation: &'a Mutex<Conversation>,
}

/// What is on the way, and when it arrives.
struct Parcel {
    due: Instant,
    passing: Passing,
    /// The sender will send no more.
    last: bool,
}

impl Pump<'_> {
    /// Until the sender has closed this direction and the receiver was told.
    pub(crate) async fn run(&self) {
        let (parcels, arriving) = mpsc::channel(ON_THE_WAY);
        tokio::join!(self.take(parcels), self.deliver(arriving));
    }

    async fn take(&self, parcels: mpsc::Sender<Parcel>) {
        let mut buffer = vec![0; CHUNK];
        let mut dice = Dice(u64::from(self.way == Way::ToServer));
        let mut due = Instant::now();
        loop {
            let read = self.read(&mut buffer).await;
            let passing = self.hear(&read);
            let last = read.map_or(true, <[u8]>::is_empty) || passing.ending.is_some();
            let Conditions { delay, jitter, .. } = self.shared.conditions(self.way);
            // In order: nothing overtakes what was sent before it.
            due = due.max(Instant::now() + delay + dice.up_to(jitter));
            let parcel = Parcel { due, passing, last };
            if parcels.send(parcel).await.is_err() || last {
                return;
            }
        }
    }

    fn hear(&self, read: &io::Result<&[u8]>) -> Passing {
        let mut conversation = self
            .conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(bytes) if !bytes.is_empty() => conversation.hear(self.way, bytes, self.shared),
            Ok(_end) => conversation.end(self.way),
            Err(_reset) => Passing {
                bytes: Vec::new(),
                ending: Some(Ending::Reset),
            },
        }
    }

    async fn read<'b>(&self, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        loop {
            self.from.readable().await?;
            match self.from.try_read(buffer) {
                Ok(count) => return Ok(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn deliver(&self, mut arriving: mpsc::Receiver<Parcel>) {
        let mut passed = BTreeMap::new();
        while let Some(parcel) = arriving.recv().await {
            sleep_until(parcel.due).await;
            self.write(&parcel.passing.bytes, &mut passed).await;
            if let Some(ending) = parcel.passing.ending {
                self.passable().await;
                self.end(ending).await;
            }
            if parcel.last {
                self.passable().await;
                // It may be closed already.
                let _closed = shutdown(self.to, Shutdown::Write);
                return;
            }
        }
    }

    async fn write(&self, mut bytes: &[u8], passed: &mut BTreeMap<u64, u64>) {
        while !bytes.is_empty() {
            let conditions = self.passable().await;
            let (mut size, pause) = packet(&conditions, bytes.len());
            for (number, limit, _ending) in &conditions.limits {
                let left = limit.saturating_sub(*passed.entry(*number).or_default());
                if left > 0 {
                    size = size.min(usize::try_from(left).unwrap_or(usize::MAX));
                }
            }
            let (now, later) = bytes.split_at(size.min(bytes.len()));
            let count = u64::try_from(now.len()).unwrap_or(u64::MAX);
            // First, so that whoever has received something finds it counted.
            self.shared.count(|counts| match self.way {
                Way::ToServer => counts.bytes_to_server += count,
                Way::ToClient => counts.bytes_to_client += count,
            });
            self.write_all(now).await;
            bytes = later;
            self.end_at_limits(count, &conditions, passed).await;
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }

    async fn end_at_limits(&self, bytes: u64, now: &Conditions, passed: &mut BTreeMap<u64, u64>) {
        for (number, limit, ending) in &now.limits {
            let passed = passed.entry(*number).or_default();
            let before = *passed;
            *passed += bytes;
            if before < *limit && *passed >= *limit {
                self.end(*ending).await;
            }
        }
    }

    /// Returns when the way is free. A connection that was ended never gets there: its task drops this future.
    async fn passable(&self) -> Conditions {
        let mut changes = self.shared.changes();
        loop {
            if self.link.has_ended() {
                pending::<()>().await;
            }
            let conditions = self.shared.conditions(self.way);
            if !conditions.black_hole {
                return conditions;
            }
            if changes.changed().await.is_err() {
                pending::<()>().await;
            }
        }
    }

    /// A receiver that is gone gets nothing; that it is gone is seen where its own direction is read.
    async fn write_all(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.to.writable().await.is_err() {
                return;
            }
            match self.to.try_write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_gone) => return,
            }
        }
    }

    /// The connection's task drops this future when it obeys; only after a half-close, there is something left to do.
    async fn end(&self, ending: Ending) {
        self.shared.count(|counts| counts.cuts += 1);
        self.link.order(ending);
        if !matches!(ending, Ending::HalfClose(_)) {
            pending::<()>().await;
        }
    }
}

/// How many bytes to write at once, and how long to wait afterwards.
fn packet(conditions: &Conditions, bytes: usize) -> (usize, Duration) {
    let mut size = bytes;
    let mut pause = Duration::ZERO;
    if let Some((slice, between)) = conditions.slice {
        size = size.min(slice);
        pause = between;
    }
    if let Some(rate) = conditions.bytes_per_second {
        let slice = usize::try_from(rate / WRITES_PER_SECOND).unwrap_or(usize::MAX);
        size = size.min(slice.max(1));
        let bytes = u32::try_from(size).unwrap_or(u32::MAX);
        pause += Duration::from_secs(1) * bytes / rate;
    }
    (size, pause)
}

/// Jitter, the same in each run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: Duration) -> Duration {
        // Constants of Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let share = u32::try_from(self.0 >> 48).unwrap_or_default();
        most * share / 0xffff
    }
}
