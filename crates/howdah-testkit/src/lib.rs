//! howdah-testkit
