use super::*;

/// A job of a shell executor that runs `setup --export`.
const SHELL: Situation = Situation {
    asked: None,
    exported: true,
    gitlab: true,
    disposable: false,
    container: false,
    in_work_tree: false,
    is_private: false,
};

#[test]
fn files_are_private_where_jobs_share_home_or_home_is_in_the_work_tree() {
    for (situation, why) in [
        (SHELL, Some(Why::SharedHome)),
        (Situation { exported: false, ..SHELL }, None),
        (Situation { gitlab: false, ..SHELL }, None),
        (Situation { disposable: true, ..SHELL }, None),
        (Situation { container: true, ..SHELL }, None),
        (Situation { asked: Some(false), ..SHELL }, None),
        (Situation { asked: Some(true), ..SHELL }, Some(Why::Asked)),
        (Situation { asked: Some(true), exported: false, disposable: true, ..SHELL }, Some(Why::Asked)),
        (Situation { in_work_tree: true, ..SHELL }, Some(Why::WorkTree)),
        (Situation { in_work_tree: true, asked: Some(false), ..SHELL }, Some(Why::WorkTree)),
        (Situation { in_work_tree: true, exported: false, disposable: true, ..SHELL }, Some(Why::WorkTree)),
        (Situation { is_private: true, ..SHELL }, None),
        (Situation { is_private: true, asked: Some(true), in_work_tree: true, ..SHELL }, None),
    ] {
        assert_eq!(situation.why_private(), why, "{situation:?}");
    }
}

#[test]
fn a_job_s_folder_has_the_number_of_the_job() {
    let environment = |number: &str| Environment::collect([("CI_JOB_ID".into(), number.into())]);
    assert_eq!(name_of_job(&environment("4711")).as_deref(), Some("jobproxy-4711"));
    for number in ["../x", "1/2", "", "1 2"] {
        assert_eq!(name_of_job(&environment(number)), None, "{number}");
    }
    assert_eq!(name_of_job(&Environment::default()), None);
}
