use crate::support::Job;

#[test]
fn java_and_node_are_served_when_asked() {
    let job = Job::behind_proxy().env("NO_PROXY", ".corp.example,db").env("JAVA_TOOL_OPTIONS", "-Xmx1g");
    let options = "-Xmx1g -Dhttp.proxyHost=proxy.corp -Dhttp.proxyPort=3128 -Dhttps.proxyHost=proxy.corp -Dhttps.proxyPort=3128 \
                   -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.corp.example|db|*.db|docker|*.docker";
    let export = format!("export JAVA_TOOL_OPTIONS='{options}'\nexport NODE_USE_ENV_PROXY='1'\n");
    let ran = job.run(&["setup", "--export", "--java", "--node"]).status(0);
    assert!(ran.stdout.contains(&export), "{}", ran.stdout);
    let again = Job::behind_proxy().env("NO_PROXY", ".corp.example,db").env("JAVA_TOOL_OPTIONS", options);
    let ran = again.env("JOBPROXY_JAVA", "1").env("JOBPROXY_NODE", "1").run(&["env"]).status(0);
    assert!(ran.stdout.contains(&export), "{}", ran.stdout);
    let ran = job.run(&["env"]).status(0);
    assert!(!ran.stdout.contains("JAVA") && !ran.stdout.contains("NODE"), "{}", ran.stdout);
}

#[test]
fn java_gets_no_password_and_the_log_says_so() {
    let job = Job::new().env("HTTP_PROXY", "http://alice:s3cret@proxy.corp:3128");
    let ran =
        job.run(&["setup", "--export", "--java"]).status(0).says("Java takes no user and password this way");
    let line = ran.stdout.lines().find(|line| line.contains("JAVA_TOOL_OPTIONS")).unwrap();
    assert!(!line.contains("s3cret") && !line.contains("alice"), "{line}");
    let broken = Job::behind_proxy().env("JAVA_TOOL_OPTIONS", "-Da=b\nx");
    let ran = broken
        .run(&["setup", "--export", "--java"])
        .status(0)
        .says("JAVA_TOOL_OPTIONS: holds a control character");
    assert!(!ran.stdout.contains("JAVA"), "{}", ran.stdout);
}
