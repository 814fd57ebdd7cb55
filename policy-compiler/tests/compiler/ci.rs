//! What runs in CI and before a commit, in real repositories of git: `ci/`.

use crate::process::{Folder, Ran, finish};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

const POLICY: &str = "\
format: cofferdam/v1
policy: repository
owner: team:x
review_by: 2036-12-31
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members: [{ zone: a, cluster: a }, { zone: b, cluster: b }]
boundaries:
  - id: ab
    from: a
    to: b
    purpose: reports
    rules: [{ category: credit_card, action: block }]
    otherwise: redact
    reply: status_only
tests:
  - name: a card stops the message
    message: { from: a, to: b, request: POST /x, media: application/json }
    body: '{\"card\":\"4111111111111111\"}'
    expect: { verdict: block, rules: [\"ab#1\"] }
  - name: an address is redacted
    message: { from: a, to: b, request: POST /x, media: application/json }
    body: '{\"mail\":\"ana@example.com\"}'
    expect: { verdict: rewrite, body: '{\"mail\":\"[email]\"}' }
";

/// A repository with a policy on its branch `main`.
struct Repository {
    folder: Folder,
}

fn kit(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci").join(file);
    path.to_string_lossy().into_owned()
}

impl Repository {
    fn new(name: &str) -> Self {
        let repository = Self { folder: Folder::new(name) };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["config", "user.name", "a test"]);
        repository.git(&["config", "user.email", "test@example.com"]);
        repository.git(&["config", "commit.gpgsign", "false"]);
        fs::create_dir_all(repository.folder.path("policies")).expect("a folder");
        repository.write(POLICY);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message=first"]);
        repository.git(&["checkout", "--quiet", "-b", "change"]);
        repository
    }

    fn write(&self, policy: &str) {
        self.folder.file("policies/zones.yaml", policy.as_bytes());
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder.0);
        // Of a repository around this one git must know nothing.
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GITHUB_STEP_SUMMARY"] {
            command.env_remove(name);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("COFFERDAM", env!("CARGO_BIN_EXE_cofferdam"));
        command
    }

    fn git(&self, arguments: &[&str]) {
        let ran = finish(&mut self.command("git", arguments), b"");
        assert_eq!(ran.status, 0, "git {arguments:?}: {}", ran.stderr);
    }

    fn check(&self, set: &[(&str, &str)]) -> Ran {
        let mut command = self.command(&kit("check-policy.sh"), &["policies/zones.yaml"]);
        command.env("COFFERDAM_BASE", "main").env("COFFERDAM_ATTACKS", "200");
        command.envs(set.iter().copied());
        finish(&mut command, b"")
    }

    fn report(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path("cofferdam-report").replace('\\', "/") + "/" + file)
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}

#[test]
fn a_change_that_opens_nothing_passes() {
    let repository = Repository::new("ci-tightens");
    let ran = repository.check(&[("COFFERDAM_MIN_COVERAGE", "50")]);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().contains("opens nothing: nothing changes"), "{}", ran.text());
    let tighter = "action: block }, { category: iban, action: block }]";
    repository.write(&POLICY.replace("action: block }]", tighter));
    let ran = repository.check(&[]);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().contains("opens nothing: 0 open"), "{}", ran.text());
    let worktrees = finish(&mut repository.command("git", &["worktree", "list"]), b"");
    assert_eq!(worktrees.text().lines().count(), 1, "nothing is left behind");
}

#[test]
fn a_change_that_opens_fails_and_is_told() {
    let repository = Repository::new("ci-opens");
    repository.write(
        &POLICY
            .replace("rules: [{", "rules: [{ category: iban, action: keep }, {")
            .replace("ab#1", "ab#2"),
    );
    let ran = repository.check(&[]);
    assert_eq!(ran.status, 1, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().contains("**opens**: "), "{}", ran.text());
    assert!(ran.text().contains("iban"), "it says what: {}", ran.text());
    assert_eq!(repository.report("summary.md"), ran.text());
    let sarif: Value = serde_json::from_str(&repository.report("cofferdam.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(0));
    assert!(repository.report("junit.xml").contains("a card stops the message"));
    let ran = repository.check(&[("COFFERDAM_MAY_OPEN", "1")]);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().contains("**opens**: "), "it is told all the same");
}

#[test]
fn what_is_wrong_fails() {
    let repository = Repository::new("ci-wrong");
    let failing = POLICY.replace("[email]", "[mail]");
    let broken = POLICY.replace("otherwise: redact", "otherwise: readct");
    for (policy, word) in [(&failing, "**tests fail**"), (&broken, "does **not compile**")] {
        repository.write(policy);
        let ran = repository.check(&[]);
        assert_eq!(ran.status, 1, "{}{}", ran.text(), ran.stderr);
        assert!(ran.text().contains(word), "{}", ran.text());
    }
    let sarif: Value = serde_json::from_str(&repository.report("cofferdam.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    repository.write(POLICY);
    let ran = repository.check(&[("COFFERDAM_MIN_MUTATION", "100")]);
    assert_eq!(ran.status, 1, "the reply of this policy is not tested: {}", ran.text());
    let ran = repository.check(&[("COFFERDAM_BASE", "nowhere")]);
    assert_eq!((ran.status, ran.stderr.contains("fetch-depth: 0")), (2, true), "{}", ran.stderr);
    let ran = repository.check(&[("COFFERDAM", "no-such-command")]);
    assert_eq!((ran.status, ran.stderr.contains("is missing")), (2, true), "{}", ran.stderr);
}

/// The one script of the composite action, as a runner would start it.
#[test]
fn the_action_runs_the_same() {
    let repository = Repository::new("ci-action");
    let action = fs::read_to_string(kit("action.yml")).expect("the action");
    let (head, script) = action.split_once("      run: |\n").expect("a script");
    let script: String = script.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    let output = repository.folder.path("output");
    let mut command = repository.command("bash", &["-eo", "pipefail", "-c", &script]);
    command.env("GITHUB_ACTION_PATH", kit("")).env("GITHUB_OUTPUT", &output);
    command.env("GITHUB_STEP_SUMMARY", repository.folder.path("summary"));
    for (name, value) in [
        ("POLICIES", "policies/zones.yaml"),
        ("COFFERDAM_BASE", "main"),
        ("COFFERDAM_ATTACKS", "200"),
        ("COFFERDAM_MIN_COVERAGE", "0"),
        ("COFFERDAM_MIN_MUTATION", "0"),
        ("COFFERDAM_MAY_OPEN", "0"),
        ("COFFERDAM_OUT", "cofferdam-report"),
    ] {
        assert!(head.contains(&format!("        {name}: ")), "the action sets {name}");
        command.env(name, value);
    }
    let ran = finish(&mut command, b"");
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    let output = fs::read_to_string(output).expect("outputs");
    assert_eq!(output, "sarif=cofferdam-report/cofferdam.sarif\n");
    let summary = fs::read_to_string(repository.folder.path("summary")).expect("a summary");
    assert!(summary.contains("opens nothing"), "{summary}");
}

#[test]
fn a_commit_with_personal_data_is_refused() {
    const IBAN: &str = "DE89370400440532013000";
    let repository = Repository::new("ci-hook");
    let hook = repository.folder.path(".git/hooks/pre-commit");
    fs::copy(kit("pre-commit"), hook).expect("a hook");
    repository.git(&["checkout", "--quiet", "main"]);
    let commit = || {
        let mut command = repository.command("git", &["commit", "--quiet", "--message=next"]);
        finish(command.env("COFFERDAM_POLICIES", "policies/zones.yaml"), b"")
    };
    repository.folder.file("notes.txt", b"nothing in it\n");
    repository.git(&["add", "notes.txt"]);
    let ran = commit();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    // What is not staged is none of its business.
    repository.folder.file("notes.txt", format!("nothing in it\npay to {IBAN}\n").as_bytes());
    repository.folder.file("other.txt", b"more\n");
    repository.git(&["add", "other.txt"]);
    let ran = commit();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    repository.git(&["add", "notes.txt"]);
    let ran = commit();
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let told = format!("{}{}", ran.text(), ran.stderr);
    assert!(told.contains("notes.txt:2:8") && told.contains("iban"), "{told}");
    assert!(!told.contains(IBAN), "{told}");
    repository.git(&["reset", "--quiet", "--hard"]);
    repository.write(&POLICY.replace("[email]", "[mail]"));
    repository.git(&["add", "--all"]);
    // The working tree is right again, and what is staged is not.
    repository.write(POLICY);
    let ran = commit();
    assert_eq!(ran.status, 1, "{}{}", ran.text(), ran.stderr);
    assert!(format!("{}{}", ran.text(), ran.stderr).contains("an address is redacted"));
    repository.git(&["add", "--all"]);
    let mut missing = repository.command("git", &["commit", "--allow-empty", "--message=x"]);
    let ran = finish(missing.env("COFFERDAM", "no-such-command"), b"");
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("nothing was looked at"), "{}", ran.stderr);
}
