//! Mounted files and folders: full, read-only, or a single file, which is how jobs get registry logins.

use std::fs;

use crate::support::{Job, Ran, clis, program, tool};

use super::registry::{PASSWORD, Registry, USER, record_builds};
use super::{PLAIN, WITH_PROXY, contents, job};

/// Runs a script in a mount namespace of its own, with `jobproxy` standing for the program.
fn in_namespace(job: &Job, script: &str) -> Ran {
    let script = format!("jobproxy() {{ '{}' \"$@\"; }}\n{script}", program().display());
    let mut command = job.command(tool("unshare"));
    job.ran(command.args(["--mount", "--propagation", "private", "sh", "-ec", &script]))
}

const BIND: &str = "cp .docker/config.json mounted; mount --bind mounted .docker/config.json";

#[test]
fn on_a_full_disk_the_old_files_stay() {
    needs!("mount namespaces");
    let job = job(&PLAIN);
    let ran = in_namespace(
        &job,
        "cp -r .docker .gitconfig tmp
        mkdir full
        mount -t tmpfs -o size=64k none full
        cp -r .docker .gitconfig full
        export HOME=$PWD/full
        cat /dev/zero >full/filler 2>/dev/null || true
        jobproxy setup && exit 9
        cmp full/.docker/config.json .docker/config.json
        cmp full/.gitconfig .gitconfig
        ls -A full full/.docker",
    );
    let ran = ran.status(0).stdout("full:\n.docker\n.gitconfig\nfiller\n\nfull/.docker:\nconfig.json\n");
    for file in [".docker/config.json", ".gitconfig"] {
        let line = format!(
            "jobproxy: ~/full/{file}: cannot write: no space left on device; free some space there\n"
        );
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
}

#[test]
fn on_a_read_only_file_system_the_old_files_stay_and_docker_gets_a_copy_with_export() {
    needs!("mount namespaces");
    let job = job(&PLAIN);
    let ran = in_namespace(
        &job,
        "mount --bind . . && cd \"$PWD\" && mount --bind tmp tmp && mount -o remount,bind,ro .
        jobproxy setup && exit 9
        jobproxy setup --export",
    );
    let ran = ran.status(0);
    assert!(ran.stdout.contains("export DOCKER_CONFIG='~/tmp/jobproxy-"), "{}", ran.stdout);
    let ran = ran.says(
        "jobproxy: ~/.docker/config.json: cannot write: read-only file system; set DOCKER_CONFIG to a folder that this user can write to, or use setup --export, which gives docker a private copy\n",
    );
    ran.says("jobproxy: ~/.gitconfig: cannot write: read-only file system; set GIT_CONFIG_GLOBAL to a file that this user can write\n")
        .says("jobproxy: ~/.docker/config.json: cannot write: read-only file system; DOCKER_CONFIG names a private copy\n")
        .says("jobproxy: ~/.gitconfig: cannot write: read-only file system; git uses the variables; GIT_CONFIG_GLOBAL names another file\n");
    assert_eq!(contents(&job), PLAIN.map(|(_, content)| Some(content.to_owned())));
}

#[test]
fn a_mounted_file_is_written_in_place() {
    needs!("mount namespaces");
    for files in [PLAIN, WITH_PROXY] {
        let plain = job(&files);
        plain.run(&["setup"]).status(0);
        let job = job(&files);
        let ran = in_namespace(
            &job,
            &format!(
                "{BIND}; cp .gitconfig mounted-git; mount --bind mounted-git .gitconfig
                jobproxy setup; jobproxy setup; ls -A tmp"
            ),
        );
        ran.status(0)
            .stdout("")
            .says("jobproxy: wrote ~/.docker/config.json, ~/.gitconfig\n")
            .says("jobproxy: unchanged ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(["mounted", "mounted-git"].map(|name| Some(job.read(name))), contents(&plain));
        // The files below the mounts.
        assert_eq!(contents(&job), files.map(|(_, content)| Some(content.to_owned())));
    }
}

#[test]
fn undo_works_in_place_too() {
    needs!("mount namespaces");
    let job = job(&PLAIN);
    let script =
        format!("{BIND}; jobproxy setup; grep -q proxy.corp mounted; jobproxy undo; cmp mounted tmp/old");
    fs::copy(job.path(".docker/config.json"), job.path("tmp/old")).unwrap();
    in_namespace(&job, &script).status(0).stdout("");
}

/// One file of the host, mounted into every job of a runner, and each job has a list of another length.
#[test]
fn many_jobs_at_once_leave_a_file_that_is_mounted_into_all_of_them_whole() {
    needs!("mount namespaces");
    let host = tempfile::tempdir().unwrap();
    let shared = host.path().join("config.json");
    fs::write(&shared, PLAIN[0].1).unwrap();
    std::thread::scope(|scope| {
        for number in 0..12 {
            let shared = shared.display();
            scope.spawn(move || {
                let job = job(&PLAIN).env("NO_PROXY", format!("host.corp,{}", "x".repeat(number * 5 + 1)));
                let script = format!(
                    "mount --bind {shared} .docker/config.json; for run in 1 2 3 4 5; do jobproxy setup -q --no-git --add h$run; done"
                );
                in_namespace(&job, &script).status(0);
            });
        }
    });
    let config: serde_json::Value = serde_json::from_slice(&fs::read(&shared).unwrap()).unwrap();
    assert_eq!(config["auths"]["registry.corp"]["auth"], "dTpw");
    assert!(config["proxies"]["default"]["noProxy"].as_str().unwrap().starts_with("host.corp,"), "{config}");
}

/// A mounted file cannot be removed.
#[test]
fn undo_empties_a_mounted_file_that_setup_made() {
    needs!("mount namespaces");
    let job = job(&[(".docker/config.json", ""), (".gitconfig", "")]);
    let script = format!(
        "{BIND}; cp .gitconfig mounted-git; mount --bind mounted-git .gitconfig
        jobproxy setup; grep -q proxy.corp mounted mounted-git; jobproxy undo; cat mounted mounted-git"
    );
    in_namespace(&job, &script).status(0).stdout("");
}

#[test]
fn a_read_only_mounted_file_is_an_error_that_says_what_to_do() {
    needs!("mount namespaces");
    let job = job(&PLAIN);
    in_namespace(&job, &format!("{BIND}; mount -o remount,bind,ro .docker/config.json; jobproxy"))
        .status(1)
        .stdout("")
        .says("jobproxy: ~/.docker/config.json: cannot write: read-only file system; set DOCKER_CONFIG to a folder that this user can write to, or use setup --export, which gives docker a private copy\n");
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig", "mounted"]);
    assert_eq!(job.read("mounted"), PLAIN[0].1);
}

/// Uses a real registry for the login. The test reads from docker's request which proxies docker gives to a build.
#[test]
fn with_export_docker_has_logins_and_proxies_though_its_config_is_mounted_read_only() {
    needs!("mount namespaces", "docker", "docker-registry", "htpasswd");
    let registry = Registry::start();
    for docker in clis() {
        let (daemon, builds) = record_builds();
        let job = job(&PLAIN).env("DOCKER_BUILDKIT", "0").env("DOCKER_HOST", "unix:///nowhere");
        let docker = docker.display();
        let address = &registry.address;
        let ran = in_namespace(
            &job,
            &format!(
                "look() {{ {docker} manifest inspect --insecure {address}/image:1 2>&1 || true; }}
                echo {PASSWORD} | {docker} login -u {USER} --password-stdin {address} >login.log 2>&1
                mkdir .docker/contexts
                {BIND}; mount -o remount,bind,ro .docker/config.json
                look
                code=$(jobproxy setup --export)
                eval \"$code\"
                look
                test \"$(stat -c %a $DOCKER_CONFIG $DOCKER_CONFIG/config.json | xargs)\" = '700 600'
                ls $DOCKER_CONFIG
                unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
                echo FROM scratch | DOCKER_HOST={daemon} timeout 20 {docker} build - >build.log 2>&1 || true
                code=$(HTTP_PROXY=http://proxy.corp:3128 jobproxy setup --export)
                {docker} logout {address}
                look"
            ),
        );
        let refused = format!("no such manifest: {address}/image:1\n");
        let ran = ran.status(0);
        assert!(
            ran.stdout.starts_with(&format!("{refused}{refused}config.json\ncontexts\n")),
            "{}",
            ran.stdout
        );
        // After the logout the registry refuses the request: docker can change the copy.
        assert!(ran.stdout.ends_with("no basic auth credentials\n"), "{}", ran.stdout);
        let head = builds.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
        for part in ["HTTP_PROXY%22%3A%22http%3A%2F%2Fproxy.corp%3A3128%22", "X-Registry-Config: eyI"] {
            assert!(head.contains(part), "{docker}: {head}");
        }
        assert!(!job.read("mounted").contains("proxies"));
        println!("{docker}: logins and proxies from a read-only mounted config.json");
    }
}

#[test]
fn where_a_mounted_file_cannot_grow_the_old_content_is_put_back() {
    needs!("mount namespaces");
    let config = format!("{}{}", PLAIN[0].1, "\n".repeat(4096 - PLAIN[0].1.len()));
    let job = job(&[(".docker/config.json", &config)]);
    let ran = in_namespace(
        &job,
        "mkdir full; mount -t tmpfs -o size=64k none full; cp .docker/config.json full
        cat /dev/zero >full/filler 2>/dev/null || true
        mount --bind full/config.json .docker/config.json
        jobproxy setup --no-git && exit 9
        cat full/config.json; ls tmp",
    );
    ran.status(0).stdout(&config).says(
        "jobproxy: ~/.docker/config.json: cannot write: no space left on device; free some space there\n",
    );
}
