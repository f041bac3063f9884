//! Puts a CI job behind its proxy: docker, git and everything that reads the environment.
//!
//! The environment becomes [`settings::Settings`], those are written to the targets of [`output`] and printed as
//! exports, and [`report`] tells what was done.
#![forbid(unsafe_code)]

pub mod cli;
pub mod client;
pub mod command;
pub mod doctor;
pub mod environment;
pub mod machine;
pub mod no_proxy;
pub mod output;
pub mod own_urls;
pub mod proxy_url;
pub mod replace_file;
pub mod report;
pub mod runtime;
pub mod settings;
pub mod tool_config;
