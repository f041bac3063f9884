//! `jobproxy-host`: the runner's host, set up, checked and undone by one command.

mod diff;
mod file;
mod finding;
mod redact;
