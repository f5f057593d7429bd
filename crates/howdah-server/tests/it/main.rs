//! The public surface, on real servers.

// `cfg(test)` is always true here; it tells clippy that helpers are test code too.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod in_a_container;
#[cfg(test)]
mod on_local_binaries;
