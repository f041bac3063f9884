//! Many jobs on one home, as a shell executor has them.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Job, Ran, clis, program, tool};

use super::registry::{PASSWORD, Registry, USER};
use super::{PLAIN, WITH_PROXY, job, strace};

/// `setup` of the job of that number: its proxy is another one, so that it has something to write.
fn setup(job: &Job, number: u32) -> Ran {
    let proxy = format!("http://proxy-{number}.corp:3128");
    job.ran(job.command(program()).args(["setup"]).env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy))
}

/// A real `docker login`; returns when it began and when it had ended.
fn login(job: &Job, docker: &std::path::Path, address: &str) -> [Instant; 2] {
    let began = Instant::now();
    let script = format!(
        "echo {PASSWORD} | timeout 60 {} login -u {USER} --password-stdin {address} 2>&1",
        docker.display()
    );
    let mut command = job.command(tool("sh"));
    // Without a daemon, docker asks the registry itself.
    job.ran(command.args(["-c", &script]).env("DOCKER_HOST", "unix:///nowhere")).status(0);
    [began, Instant::now()]
}

fn config(job: &Job) -> Value {
    serde_json::from_str(&job.read(".docker/config.json")).unwrap()
}

fn has_login(config: &Value, address: &str) -> bool {
    config["auths"][address]["auth"].is_string()
}

fn assert_set_up(job: &Job) {
    let config = config(job);
    let proxy = config["proxies"]["default"]["httpProxy"].as_str().unwrap();
    assert!(proxy.starts_with("http://proxy-"), "{config}");
    assert!(has_login(&config, "registry.corp"), "{config}");
    let mut files = job.files();
    files.retain(|name| !name.ends_with(".jobproxy.undo"));
    assert_eq!(files, [".docker/config.json", ".gitconfig"]);
}

/// Half of the jobs only set up; the others then log in, as jobs do. Docker reads the config when it starts and
/// replaces it when it ends: two logins at once may lose one another, whatever we do.
#[test]
fn of_64_jobs_at_once_none_fails_and_no_login_is_lost_by_us() {
    needs!("docker", "docker-registry", "htpasswd");
    let registry = Registry::start();
    let addresses = registry.more_addresses(32);
    for docker in clis() {
        let job = job(&PLAIN);
        let start = Barrier::new(64);
        let logins: Vec<_> = scope(|scope| {
            let jobs: Vec<_> = (0..64)
                .map(|number| {
                    let (job, start, docker) = (&job, &start, &docker);
                    let address = addresses.get(number as usize / 2).filter(|_| number % 2 == 1);
                    scope.spawn(move || {
                        start.wait();
                        setup(job, number).status(0);
                        address.map(|address| (address, login(job, docker, address)))
                    })
                })
                .collect();
            jobs.into_iter().filter_map(|job| job.join().unwrap()).collect()
        });
        assert_set_up(&job);
        let config = config(&job);
        let lost: Vec<_> = logins.iter().filter(|(address, _)| !has_login(&config, address)).collect();
        for (address, [asked, written]) in &lost {
            // Docker can lose it to a login that ran at the same time, and ended before this one was seen to end.
            let by_docker = logins
                .iter()
                .any(|(other, [began, ended])| other != address && began < written && asked < ended);
            assert!(by_docker, "{address} was lost");
        }
        println!(
            "crowd: 64 jobs at once, 0 failed, {} of 32 logins are there, {} lost by docker to itself, 0 by us ({})",
            32 - lost.len(),
            lost.len(),
            docker.display()
        );
    }
}

/// One login after the other, so that docker loses none; and setups without a pause meanwhile.
#[test]
fn no_login_is_lost_while_others_set_up() {
    needs!("docker", "docker-registry", "htpasswd");
    let registry = Registry::start();
    let addresses = registry.more_addresses(32);
    let docker = clis().pop().unwrap();
    let job = job(&PLAIN);
    setup(&job, 0).status(0);
    let (done, setups) = (AtomicBool::new(false), AtomicU32::new(0));
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    setup(&job, setups.fetch_add(1, Ordering::Relaxed)).status(0);
                }
            });
        }
        for address in &addresses {
            login(&job, &docker, address);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_set_up(&job);
    let config = config(&job);
    let kept = addresses.iter().filter(|address| has_login(&config, address)).count();
    assert_eq!(kept, 32, "{config}");
    println!("crowd: {kept} of 32 logins are there after {} setups meanwhile", setups.into_inner());
}

/// Docker's way to save (docker/cli, configfile.Save): a new file, renamed over the old one.
fn save(job: &Job, change: impl Fn(&mut Value)) {
    let mut config = config(job);
    change(&mut config);
    fs::write(job.path(".docker/new"), config.to_string()).unwrap();
    fs::rename(job.path(".docker/new"), job.path(".docker/config.json")).unwrap();
}

/// The moment between the last look and the swap cannot be hit by chance; here strace holds it open.
#[test]
fn a_login_that_comes_just_before_the_swap_is_put_back_and_kept() {
    needs!("strace");
    for late in [1, 2, 3] {
        let job = job(&PLAIN);
        let mut setup = strace(&job)
            .args(["-o", "/dev/null", "-e", "trace=renameat2"])
            .args(["-e", "inject=renameat2:delay_enter=400000:when=1..3"])
            .arg(program())
            .args(["setup", "--no-git"])
            .spawn()
            .unwrap();
        let mut seen = config(&job);
        sleep(Duration::from_millis(200));
        for number in 1..=late {
            // A docker that has seen the login before.
            seen["auths"][format!("registry-{number}")]["auth"] = "dTpw".into();
            save(&job, |config| *config = seen.clone());
            sleep(Duration::from_millis(400));
        }
        assert!(setup.wait().unwrap().success());
        let config = config(&job);
        for number in 1..=late {
            assert!(has_login(&config, &format!("registry-{number}")), "{late}: {config}");
        }
        assert!(config["proxies"]["default"]["httpProxy"].is_string());
        assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
    }
}

#[test]
fn git_s_lock_is_shared_by_64_at_once() {
    needs!("git");
    let job = job(&WITH_PROXY);
    let start = Barrier::new(64);
    let started = Instant::now();
    scope(|scope| {
        for number in 0..64 {
            let (job, start) = (&job, &start);
            scope.spawn(move || {
                start.wait();
                setup(job, number).status(0);
            });
        }
    });
    let took = started.elapsed();
    let git =
        |arguments: &[&str]| job.ran(job.command(tool("git")).arg("config").args(arguments)).status(0).stdout;
    let proxies = git(&["--global", "--get-all", "http.proxy"]);
    assert!(proxies.starts_with("http://proxy-") && proxies.lines().count() == 1, "{proxies}");
    assert_eq!(git(&["--global", "user.name"]), "x\n");
    assert_set_up(&job);
    println!(
        "crowd: 64 setups at once on one gitconfig with an old proxy, 0 failed, {} ms",
        took.as_millis()
    );
}

/// A git that finds the lock taken gives up at once; here it is asked again, as people do.
#[test]
fn no_value_that_git_wrote_is_lost_while_others_set_up() {
    needs!("git");
    let job = job(&WITH_PROXY);
    let (start, refused) = (Barrier::new(64), AtomicU32::new(0));
    scope(|scope| {
        for number in 0..64 {
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
    assert_eq!(text.matches("= here\n").count(), 32, "{text}");
    assert!(text.contains("proxy = http://proxy-"), "{text}");
    println!(
        "crowd: 32 setups and 32 gits at once, all 32 values are there, git found a lock {refused:?} times"
    );
}
