//! The public surface, on real servers.

// `cfg(test)` is always true here; it tells clippy that helpers are test code too.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod data_directory;
#[cfg(test)]
mod in_a_container;
#[cfg(test)]
mod on_local_binaries;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod replication;
