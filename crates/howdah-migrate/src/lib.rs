//! howdah-migrate
