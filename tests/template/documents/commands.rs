//! The commands of the documents. A block `sh aws` needs AWS or an account, so nothing runs it. A test runs every
//! command of a block `sh`, or checks that all that the command names exists.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use regex::Regex;

use crate::documents::markdown::{Document, documents, root};

/// The beginning of a command, and the file and name of the test that runs it. For a tool that tests do not need, the
/// test runs its replacement.
const RUN_BY_TESTS: [(&str, &str, &str); 10] = [
    ("cargo dev --services", "tests/local/other_tools.rs", "another_tool_can_serve_the_api_beside_cargo_dev"),
    ("cargo lambda watch", "tests/local/other_tools.rs", "another_tool_can_serve_the_api_beside_cargo_dev"),
    ("sam build && sam local", "tests/local/other_tools.rs", "another_tool_can_serve_the_api_beside_cargo_dev"),
    ("cargo dev", "tests/local/dev.rs", "every_line_of_the_tour_works_when_pasted_twice"),
    ("cargo run --bin clerk-emulator", "infra/clerk-emulator/tests/binary.rs", "the_commands_of_the_readme_work"),
    ("clerk", "infra/clerk-emulator/tests/binary.rs", "the_commands_of_the_readme_work"),
    ("control", "infra/clerk-emulator/tests/binary.rs", "the_control_commands_of_the_readme_work"),
    ("npm ci", "shared/web/tests/package.test.ts", "the commands of the README install the package"),
    ("npm pack", "shared/web/tests/package.test.ts", "the commands of the README install the package"),
    ("npm install --prefix $APP", "shared/web/tests/package.test.ts", "the commands of the README install the package"),
];

/// The commands of a block: without comments, and with continued lines joined.
fn commands(block: &str) -> Vec<String> {
    let comment = Regex::new(r"(^|\s+)#.*$").unwrap();
    let joined = block.replace("\\\n", " ");
    let lines = joined.lines().map(|line| comment.replace(line, "").trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Says what is wrong with a command that no test runs. `None` if all that it names exists.
fn static_problem(command: &str) -> Option<String> {
    let words: Vec<_> = command.split_whitespace().skip_while(|word| word.contains('=')).collect();
    let after = |option: &str| words.iter().position(|word| *word == option).and_then(|at| words.get(at + 1));
    match words.as_slice() {
        ["cargo", "test", ..] => {
            if !words.contains(&"--workspace") {
                return Some("has no --workspace".to_owned());
            }
            let target = after("--test").map(|target| target.to_string());
            if let Some(target) = &target
                && !root().join("tests").join(target).join("main.rs").is_file()
            {
                return Some(format!("there is no test target {target}"));
            }
            let filter = words.iter().skip_while(|word| **word != "--test" && **word != "--lib").skip(1);
            let filter = filter.filter(|word| !word.starts_with("--") && Some(word.to_string()) != target).last()?;
            let is_placeholder = filter.chars().all(|c| c.is_uppercase() || c == ':');
            let folders =
                target.map_or(vec!["shared".to_owned(), "infra".to_owned()], |target| vec![format!("tests/{target}")]);
            let is_found = folders.iter().any(|folder| is_in_tests(&root().join(folder), filter));
            (!is_placeholder && !is_found).then(|| format!("no test has {filter} in its path"))
        }
        ["cargo", "bench", ..] => {
            let bench = after("--bench")?;
            let sources = [format!("{bench}.rs"), format!("{bench}/main.rs")];
            let is_found = sources.iter().any(|source| root().join("tests/benchmarks").join(source).is_file());
            (!is_found).then(|| format!("there is no benchmark {bench}"))
        }
        [".ci/run", steps @ ..] => {
            let script = fs::read_to_string(root().join(".ci/run")).unwrap();
            let list = Regex::new(r"(?m)^(?:steps|by_name)=\(([^)]*)\)").unwrap();
            let known: Vec<_> =
                list.captures_iter(&script).flat_map(|steps| steps.extract::<1>().1[0].split(' ')).collect();
            let unknown = steps.iter().find(|step| **step != "--help" && !known.contains(*step));
            unknown.map(|step| format!("there is no step {step}"))
        }
        // A target has a corpus.
        ["tests/fuzz/fuzz.sh", targets @ ..] => {
            let unknown = targets.iter().find(|target| !root().join("tests/fuzz/corpus").join(target).is_dir());
            unknown.map(|target| format!("there is no target {target}"))
        }
        // `.ci/run` runs the scripts of every package.
        ["npm", command, ..] if after("--prefix").is_some() => {
            let folder = after("--prefix")?;
            let Ok(manifest) = fs::read_to_string(root().join(folder).join("package.json")) else {
                return Some(format!("there is no package in {folder}"));
            };
            let script = if *command == "run" { words.get(2)? } else { command };
            let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
            manifest["scripts"].get(script).is_none().then(|| format!("there is no script {script} in {folder}"))
        }
        _ => Some("no test runs it; mark the block `sh aws` if it needs AWS".to_owned()),
    }
}

/// Returns whether a file name or a test below a folder has this in its path.
fn is_in_tests(folder: &std::path::Path, filter: &str) -> bool {
    let last = filter.rsplit("::").next().unwrap_or(filter);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        let is_named = path.file_stem().is_some_and(|name| name.to_string_lossy().contains(last));
        if path.is_dir() {
            return is_named || is_in_tests(&path, filter);
        }
        path.extension().is_some_and(|extension| extension == "rs")
            && (is_named
                || Regex::new(&format!(r"fn \w*{last}")).unwrap().is_match(&fs::read_to_string(&path).unwrap()))
    })
}

fn problem(command: &str) -> Option<String> {
    if RUN_BY_TESTS.iter().any(|(start, ..)| command.starts_with(start)) { None } else { static_problem(command) }
}

/// The blocks of commands, each with where it is.
fn blocks(document: &Document) -> impl Iterator<Item = (String, &str, &str)> {
    let is_commands = |info: &str| matches!(info.split(' ').next(), Some("sh" | "bash" | "shell" | "console"));
    document
        .blocks
        .iter()
        .filter(move |block| is_commands(&block.info))
        .map(|block| (format!("{}:{}", document.name(), block.line), block.info.as_str(), block.text.as_str()))
}

#[test]
fn every_command_is_run_by_a_test_or_marked_as_needing_aws() {
    let mut problems = Vec::new();
    for document in documents() {
        for (place, info, text) in blocks(&document) {
            match info {
                "sh aws" if text.contains("aws ") || text.contains("sam ") || text.contains("invoke ") => {}
                "sh aws" => problems.push(format!("{place}: needs no AWS")),
                "sh" => problems.extend(
                    commands(text)
                        .iter()
                        .filter_map(|line| problem(line).map(|found| format!("{place}: {line}: {found}"))),
                ),
                other => problems.push(format!("{place}: write `sh` or `sh aws` instead of `{other}`")),
            }
        }
        for (line, code) in document.inline_code() {
            if ["cargo test ", "cargo bench ", ".ci/run "].iter().any(|start| code.starts_with(start)) {
                problems
                    .extend(static_problem(&code).map(|found| format!("{}:{line}: {code}: {found}", document.name())));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_test_that_runs_a_command_exists() {
    for (command, file, name) in RUN_BY_TESTS {
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{command}: {file}: {error}"));
        let is_typescript = file.ends_with(".ts");
        let test = if is_typescript {
            format!("\ntest\\('{name}'")
        } else {
            format!(r"#\[(tokio::)?test\]\s+(async )?fn {name}\(")
        };
        assert!(Regex::new(&test).unwrap().is_match(&source), "{command}: {file} has no test {name}");
    }
}

#[test]
fn a_command_that_names_what_does_not_exist_is_found() {
    for command in [
        "cargo test --workspace",
        "cargo test --workspace --test api -- settings",
        ".ci/run format",
        "cargo dev",
        "npm run build --prefix shared/web",
        "npm test --prefix tests/browser",
    ] {
        assert_eq!(problem(command), None, "{command}");
    }
    for command in [
        "cargo test -p usher-store",
        "cargo test --workspace --test apis",
        "cargo test --workspace --test api -- settingz",
        "cargo bench --workspace --bench purges",
        ".ci/run formats",
        "npm run bild --prefix shared/web",
        "npm test --prefix tests/browsers",
        "make",
    ] {
        assert!(problem(command).is_some(), "{command}");
    }
}

#[test]
fn every_block_of_commands_is_valid_shell() {
    for document in documents() {
        for (place, _, text) in blocks(&document) {
            let mut shell = Command::new("bash");
            shell.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped());
            let mut shell = shell.spawn().unwrap();
            shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            let output = shell.wait_with_output().unwrap();
            assert!(output.status.success(), "{place}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
