//! Puts a CI job behind its proxy: docker, git and everything that reads the environment.
//!
//! The environment becomes [`settings::Settings`]; [`output`] writes the settings to files and prints them as exports;
//! [`report`] says what was done. `docs/architecture.md` is the map.
#![forbid(unsafe_code)]

// musl's allocator asks the kernel for each kind of memory anew and gives it back at once: a third of all system calls of
// `setup` (measured; docs/benchmarks.md). std itself uses dlmalloc where a target has no allocator.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

pub mod ca;
pub mod child;
pub mod cli;
pub mod client;
pub mod command;
pub mod config_files;
mod connection;
pub mod daemon;
pub mod doctor;
pub mod environment;
pub mod host;
pub mod machine;
pub mod no_proxy;
pub mod options;
pub mod output;
pub mod own_urls;
pub mod proxy_url;
pub mod replace_file;
pub mod report;
pub mod runtime;
pub mod settings;
pub mod tool_config;
