//! The public surface, on real servers.

// `cfg(test)` is always true here; it tells clippy that helpers are test code too.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod container;
#[cfg(test)]
mod local;
