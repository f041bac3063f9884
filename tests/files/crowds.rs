//! Several runs on one home at the same time. The new file of a run exists for a moment only. Docker has no lock, so
//! that a login at that moment may be lost, as between two docker logins.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Job, Ran, program, tool};

use super::{PLAIN, WITH_PROXY, job};

/// Runs `setup` with a proxy of this number, so that every run has something to write.
fn setup(job: &Job, number: u32) -> Ran {
    let proxy = format!("http://proxy-{number}.corp:3128");
    job.ran(job.command(program()).args(["setup"]).env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy))
}

#[test]
fn of_32_runs_at_once_none_fails_and_the_files_are_whole() {
    for files in [PLAIN, WITH_PROXY] {
        let job = job(&files);
        let start = Barrier::new(32);
        scope(|scope| {
            for number in 0..32 {
                let (job, start) = (&job, &start);
                scope.spawn(move || {
                    start.wait();
                    setup(job, number).status(0);
                });
            }
        });
        let config: Value = serde_json::from_str(&job.read(".docker/config.json")).unwrap();
        let proxy = config["proxies"]["default"]["httpProxy"].as_str().unwrap();
        assert!(proxy.starts_with("http://proxy-"), "{config}");
        assert_eq!(config["auths"]["registry.corp"]["auth"], "dTpw", "{config}");
        let git = job.read(".gitconfig");
        assert!(git.matches("proxy = http://proxy-").count() == 1 && git.contains("name = x"), "{git}");
        assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
    }
}

/// A git that finds the lock taken fails at once. The test runs git again until git succeeds.
#[test]
fn no_value_that_git_wrote_is_lost_while_others_set_up() {
    needs!("git");
    let job = job(&WITH_PROXY);
    let (start, refused) = (Barrier::new(16), AtomicU32::new(0));
    scope(|scope| {
        for number in 0..16 {
            let (job, start, refused) = (&job, &start, &refused);
            scope.spawn(move || {
                start.wait();
                if number % 2 == 0 {
                    setup(job, number).status(0);
                    return;
                }
                let key = format!("crowd.key{number}");
                let until = Instant::now() + Duration::from_secs(30);
                while !job.ran(job.command(tool("git")).args(["config", "--global", &key, "here"])).is(0) {
                    refused.fetch_add(1, Ordering::Relaxed);
                    assert!(Instant::now() < until, "git was refused for 30 s");
                }
            });
        }
    });
    let text = job.read(".gitconfig");
    assert_eq!(text.matches("= here\n").count(), 8, "{text}");
    assert!(text.contains("proxy = http://proxy-"), "{text}");
    println!(
        "crowd: 8 setups and 8 gits at once, all 8 values are there, git found a lock {refused:?} times"
    );
}

/// A file that another program writes between the read and the rename is read again.
#[test]
fn a_file_that_changes_meanwhile_is_read_again() {
    needs!("strace");
    let job = job(&PLAIN);
    let mut setup = super::strace(&job)
        .args(["-o", "/dev/null", "-e", "trace=fchmod", "-e", "inject=fchmod:delay_enter=400000:when=1"])
        .arg(program())
        .args(["setup", "--no-git"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    // As docker saves (docker/cli, configfile.Save).
    job.write(".docker/new", PLAIN[0].1.replace("dTpw", "bmV3"));
    fs::rename(job.path(".docker/new"), job.path(".docker/config.json")).unwrap();
    assert!(setup.wait().unwrap().success());
    let config = job.read(".docker/config.json");
    assert!(config.contains("bmV3") && config.contains("httpProxy"), "{config}");
}
