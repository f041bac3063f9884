//! Puts a CI job behind its proxy: docker, git and everything that reads the environment.
//!
//! The environment becomes [`settings::Settings`]; [`output`] writes the settings to files and prints them as exports;
//! [`report`] says what was done. `docs/architecture.md` is the map.
#![forbid(unsafe_code)]

// musl's allocator maps and unmaps memory for each size of object: 20 of the 75 system calls that `setup` made where
// nothing was to do (strace). The standard library uses dlmalloc on targets without an allocator of their own.
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
