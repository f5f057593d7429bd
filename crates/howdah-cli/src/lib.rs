//! howdah-cli
