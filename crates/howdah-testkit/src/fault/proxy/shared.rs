use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::counts::Counts;
use super::cut::Cut;
use super::toxic::{Conditions, Ending, Toxic, Way};

/// What the proxy's owner and its connections know together.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    toxics: BTreeMap<u64, (Vec<Way>, Toxic)>,
    cuts: BTreeMap<u64, Cut>,
    links: BTreeMap<u64, Arc<Link>>,
    counts: Counts,
    last_number: u64,
}

/// The way to a connection's task.
#[derive(Debug)]
pub(crate) struct Link {
    orders: mpsc::UnboundedSender<Ending>,
    /// Asked before each write: what is sent after the end was ordered must not arrive, even if its task has not yet
    /// seen the order.
    ended: AtomicBool,
}

impl Link {
    pub(crate) fn order(&self, ending: Ending) {
        if !matches!(ending, Ending::HalfClose(_)) {
            self.ended.store(true, Ordering::SeqCst);
        }
        // A connection that is gone cannot end once more.
        let _gone = self.orders.send(ending);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Sees each change of toxics and counts.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock().counts);
        self.changed.send_replace(());
    }

    pub(crate) fn add_toxic(&self, ways: &[Way], toxic: Toxic) -> u64 {
        let number = {
            let mut state = self.lock();
            let number = state.number();
            state.toxics.insert(number, (ways.to_vec(), toxic));
            number
        };
        self.changed.send_replace(());
        number
    }

    pub(crate) fn add_cut(&self, cut: Cut) -> u64 {
        let mut state = self.lock();
        let number = state.number();
        state.cuts.insert(number, cut);
        number
    }

    /// Takes a toxic or a cut away.
    pub(crate) fn remove(&self, number: u64) {
        {
            let mut state = self.lock();
            state.toxics.remove(&number);
            state.cuts.remove(&number);
        }
        self.changed.send_replace(());
    }

    pub(crate) fn conditions(&self, way: Way) -> Conditions {
        let mut conditions = Conditions::default();
        for (number, (ways, toxic)) in &self.lock().toxics {
            if ways.contains(&way) {
                conditions.add(*number, toxic);
            }
        }
        conditions
    }

    /// Counts a message, and tells which cut it meets.
    pub(crate) fn saw(&self, way: Way, tag: char, statement: Option<&str>) -> Option<Cut> {
        self.count(|counts| {
            let counted = match way {
                Way::ToServer => &mut counts.from_clients,
                Way::ToClient => &mut counts.from_server,
            };
            *counted.entry(tag).or_default() += 1;
        });
        self.lock()
            .cuts
            .values_mut()
            .find_map(|cut| cut.meets(way, tag, statement).then(|| cut.clone()))
    }

    /// A client came.
    pub(crate) fn open(&self) -> (u64, Arc<Link>, mpsc::UnboundedReceiver<Ending>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        let link = Arc::new(Link {
            orders,
            ended: AtomicBool::new(false),
        });
        let number = {
            let mut state = self.lock();
            let number = state.number();
            state.links.insert(number, Arc::clone(&link));
            state.counts.connections += 1;
            state.counts.open += 1;
            number
        };
        self.changed.send_replace(());
        (number, link, receiver)
    }

    /// Its connection is closed.
    pub(crate) fn close(&self, number: u64) {
        self.lock().links.remove(&number);
        self.count(|counts| counts.open = counts.open.saturating_sub(1));
    }

    pub(crate) fn end_all(&self, ending: Ending) {
        for link in self.lock().links.values() {
            link.order(ending);
        }
    }

    /// Nothing under the lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
