//! Services and the cluster of a job: real files in a mount namespace, at the paths that jobproxy reads.

use crate::support::{Job, Ran, program, tool};

/// Runs `jobproxy env` with these two files in /etc and without the marker file of a container.
fn env_with(job: &Job, hosts: &str, resolv_conf: &str, arguments: &str) -> Ran {
    job.write("hosts", hosts);
    job.write("resolv.conf", resolv_conf);
    let script = format!(
        "mkdir root
        for path in /*; do
            if [ -L \"$path\" ]; then cp -P \"$path\" root
            elif [ -d \"$path\" ]; then mkdir \"root$path\"; mount --rbind \"$path\" \"root$path\"
            fi
        done
        for name in hosts resolv.conf; do mount --bind $name root/etc/$name; done
        if [ -e marker ]; then : >root/.dockerenv; fi
        exec chroot root '{}' env {arguments}",
        program().display()
    );
    let mut command = job.command(tool("unshare"));
    let ran = job.ran(command.args([
        "--mount",
        "--uts",
        "--propagation",
        "private",
        "sh",
        "-ec",
        &format!("hostname runner-abc-build\n{script}"),
    ]));
    ran.status(0)
}

fn list(ran: &Ran) -> String {
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix("export NO_PROXY='")).unwrap();
    line.trim_end_matches('\'').replace("docker:2375,docker:2376", "-")
}

fn job() -> Job {
    Job::behind_proxy().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("NO_PROXY", "a")
}

fn disposable() -> Job {
    job().env("CI_DISPOSABLE_ENVIRONMENT", "true")
}

const DOCKER: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n\
    ff02::1\tip6-allnodes\n10.1.2.3\tgitlab.corp\n172.30.0.2\t63da8accb0ba\n172.30.0.2\te2e__dind\n172.30.0.2\te2e-dind\n\
    172.30.0.2\tdocker\n172.30.0.3\tnginx\n172.30.0.3\tweb\n172.30.0.4\trunner-abc-build\n";
const POD: &str = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n10.244.0.7\trunner-abc-build\n\n\
    # Entries added by HostAliases.\n127.0.0.1\tpostgres\tdocker\n";
const RESOLV_CONF: &str =
    "search ci.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.96.0.10\n";

#[test]
fn the_other_containers_of_the_job_are_reached_without_the_proxy() {
    needs!("mount namespaces");
    let ran = env_with(&disposable(), DOCKER, "", "");
    assert_eq!(list(&ran), "a,-,e2e__dind:2375,e2e__dind:2376,e2e-dind:2375,e2e-dind:2376,nginx,web");
    ran.says(
        "jobproxy: NO_PROXY: added e2e__dind:2375, e2e__dind:2376, e2e-dind:2375, e2e-dind:2376, nginx, web \
         (services in /etc/hosts; JOBPROXY_NO_SERVICES=1 leaves them out)\n",
    );
    assert_eq!(
        list(&env_with(&job().file("marker", ""), DOCKER, "", "")).split(',').next_back(),
        Some("web")
    );
    assert_eq!(list(&env_with(&disposable(), POD, "", "")), "a,-,postgres");
}

#[test]
fn the_hosts_file_of_a_machine_is_not_read_and_services_can_be_left_out() {
    needs!("mount namespaces");
    for (job, arguments) in [
        (job(), ""),
        (job().env("CI_DISPOSABLE_ENVIRONMENT", "false"), ""),
        (disposable().env("JOBPROXY_NO_SERVICES", "1"), ""),
        (disposable(), "--no-services"),
    ] {
        let ran = env_with(&job, DOCKER, RESOLV_CONF, arguments).stderr("");
        assert_eq!(list(&ran), "a,-");
    }
}

#[test]
fn a_removed_range_leaves_the_addresses_of_the_services() {
    needs!("mount namespaces");
    let ran = env_with(&disposable().env("NO_PROXY", "172.16.0.0/12"), DOCKER, "", "");
    assert!(list(&ran).starts_with("172.30.0.2,172.30.0.3,-,"), "{}", ran.stdout);
    ran.says("removed 172.16.0.0/12 (many programs ignore CIDR ranges); kept 172.30.0.2 (service e2e__dind), 172.30.0.3 (service nginx); ");
}

#[test]
fn in_a_cluster_its_api_server_and_its_own_domains_are_reached_without_the_proxy() {
    needs!("mount namespaces");
    let pod = || job().env("KUBERNETES_SERVICE_HOST", "10.96.0.1");
    let ran = env_with(&pod(), POD, RESOLV_CONF, "");
    assert_eq!(list(&ran), "a,-,10.96.0.1,.svc,.svc.cluster.local,.cluster.local");
    ran.says("jobproxy: NO_PROXY: added 10.96.0.1, .svc (KUBERNETES_SERVICE_HOST)\n").says(
        "jobproxy: NO_PROXY: added .svc.cluster.local, .cluster.local (search domains of /etc/resolv.conf)\n",
    );
    assert_eq!(list(&env_with(&pod(), POD, "search corp.example\n", "")), "a,-,10.96.0.1,.svc");
    assert_eq!(list(&env_with(&pod(), POD, "", "")), "a,-,10.96.0.1,.svc");
}

#[test]
fn hostile_files_add_nothing_but_names() {
    needs!("mount namespaces");
    let hosts =
        "172.17.0.2 * .corp 10.0.0.0/8 a,b 'x' $(id) web\n6.6.6.6 \u{1b}[31m \u{e4}\n\0\n172.17.0.3 db\0x\n";
    let resolv_conf = "search *.svc svc.* svc. * svc.a,b a,b\n";
    let job = disposable().env("KUBERNETES_SERVICE_HOST", "x,*");
    let ran = env_with(&job, hosts, resolv_conf, "");
    assert!(
        list(&ran).split(',').all(|entry| ["a", "-", "x", ".svc", "web"].contains(&entry)),
        "{}",
        ran.stdout
    );
}
