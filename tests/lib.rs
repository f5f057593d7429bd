//! Scenarios live in `it/`. This library has nothing but the repository's README, so that its code compiles.
#![doc = include_str!("../README.md")]
