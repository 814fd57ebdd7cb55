//! A small shop that stands behind the filter in the demo and in end-to-end tests: the application
//! itself, the customer database, a client, and synthetic customers.
//! Knows nothing of policies, and holds no real person's data: all of it is made up.

pub mod app;
pub mod client;
pub mod demo;
pub mod entry;
pub mod message;
pub mod port;
pub mod server;
pub mod show;
pub mod synthetic;
