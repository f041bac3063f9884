//! Integration tests: the program as a whole, with an exact environment, exact outputs and exact files.

#[macro_use]
mod needs;

mod architecture;
mod backtraces;
mod ca;
mod cli;
mod client_models;
mod dependencies;
mod docker_config;
mod doctor;
mod environment;
mod exec;
mod explain;
mod explain_files;
mod exports;
mod fetch;
mod files;
mod fuzz_corpus;
mod git_config;
mod gitlab_env;
mod hook;
mod host;
mod hostile_input;
mod no_proxy;
mod private;
mod properties;
mod public_lists;
mod readme;
mod real_clients;
mod runtimes;
mod secrets;
mod services;
mod setup;
mod support;
mod undo;
