use std::collections::BTreeMap;

/// What went through a proxy, until now or since an earlier count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections that clients made.
    pub connections: u64,
    /// Those of them that are open now.
    pub open: u64,
    /// Cuts and limits that ended a connection.
    pub cuts: u64,
    /// Bytes that arrived at the server.
    pub bytes_to_server: u64,
    /// Bytes that arrived at clients.
    pub bytes_to_client: u64,
    /// Messages of clients by type, such as `'Q'` for a simple query, `'P'` for Parse and `'S'` for Sync.
    pub from_clients: BTreeMap<char, u64>,
    /// Messages of the server by type, such as `'D'` for a row.
    pub from_server: BTreeMap<char, u64>,
}

impl Counts {
    /// How often clients had to wait for the server after they were let in: each simple query, Sync, Flush and function
    /// call asks for an answer.
    pub fn round_trips(&self) -> u64 {
        ['Q', 'S', 'H', 'F']
            .iter()
            .filter_map(|tag| self.from_clients.get(tag))
            .sum()
    }

    /// The difference to an earlier count; `open` is what is open now.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            connections: self.connections.saturating_sub(earlier.connections),
            open: self.open,
            cuts: self.cuts.saturating_sub(earlier.cuts),
            bytes_to_server: self.bytes_to_server.saturating_sub(earlier.bytes_to_server),
            bytes_to_client: self.bytes_to_client.saturating_sub(earlier.bytes_to_client),
            from_clients: more(&self.from_clients, &earlier.from_clients),
            from_server: more(&self.from_server, &earlier.from_server),
        }
    }
}

fn more(now: &BTreeMap<char, u64>, earlier: &BTreeMap<char, u64>) -> BTreeMap<char, u64> {
    now.iter()
        .map(|(tag, count)| {
            let before = earlier.get(tag).copied().unwrap_or_default();
            (*tag, count.saturating_sub(before))
        })
        .filter(|(_tag, count)| *count > 0)
        .collect()
}
