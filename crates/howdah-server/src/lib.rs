//! howdah-server
