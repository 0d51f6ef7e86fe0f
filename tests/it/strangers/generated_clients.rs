//! What generators make of the description is used to ask, to wait, and to learn the decision.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::{description_of, peer};
use crate::support::{ANNA, Database, JORIS, TULIPS, TestApp, process::run};

/// A program that asked for access, and waits.
struct Waiting {
    child: Child,
    said: BufReader<ChildStdout>,
    told: ChildStdin,
}

impl Waiting {
    fn start(mut program: Command) -> Self {
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let told = child.stdin.take().unwrap();
        Self { child, said, told }
    }

    fn says(&mut self) -> String {
        let mut line = String::new();
        tokio::task::block_in_place(|| self.said.read_line(&mut line)).unwrap();
        line.trim_end().to_owned()
    }
}

/// Anna approves what the program asked for: the program learns it, from its call and from the feed.
async fn learns_the_decision(app: &TestApp, program: Command) {
    let mut program = Waiting::start(program);
    assert_eq!(program.says(), "asked");
    app.deliver_mail().await;
    let id = app.request_of(&app.last_mail_to(ANNA));
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    assert_eq!(program.says(), "approved portal");

    app.places_events().await;
    writeln!(program.told, "placed").unwrap();
    let told = program.says();
    assert_eq!(told, "access_request.created access_request.approved");
    assert!(program.child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generated_python_client_asks_and_waits() {
    let app = TestApp::start(Database::Sqlite).await;
    let (dir, file) = description_of(&app).await;
    let settings = dir.path().join("settings.yaml");
    // Nobody reads what is made, so that it need not look nice.
    std::fs::write(&settings, "post_hooks: []\n").unwrap();
    let mut generator = Command::new(peer("venv/bin/openapi-python-client"));
    generator.args(["generate", "--meta", "none", "--fail-on-warning"]);
    generator.arg("--path").arg(&file);
    generator.arg("--config").arg(&settings);
    generator
        .arg("--output-path")
        .arg(dir.path().join("esecure_client"));
    run(&mut generator);

    let mut program = Command::new(peer("venv/bin/python"));
    program.arg(peer("use_client.py")).arg(dir.path());
    program.args([&app.base, &app.api_key, TULIPS, JORIS]);
    learns_the_decision(&app, program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_with_generated_types_asks_and_waits() {
    let app = TestApp::start(Database::Sqlite).await;
    let (dir, file) = description_of(&app).await;
    let make = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(peer("node_modules/.bin").join(program));
        run(command.args(arguments).current_dir(dir.path()));
    };
    make(
        "openapi-typescript",
        &[file.to_str().unwrap(), "-o", "api.d.ts"],
    );
    let place = |from: &Path, to: &str| std::fs::copy(from, dir.path().join(to)).unwrap();
    place(&peer("use_types.ts"), "use_types.ts");
    std::fs::write(dir.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
    let packages = dir.path().join("node_modules");
    std::os::unix::fs::symlink(peer("node_modules"), packages).unwrap();
    let checked = "--strict --noEmitOnError --target es2022 --module nodenext --types node";
    let mut arguments: Vec<&str> = checked.split(' ').collect();
    arguments.push("use_types.ts");
    make("tsc", &arguments);

    let mut program = Command::new("node");
    program.arg(dir.path().join("use_types.js"));
    program.args([&app.base, &app.api_key, TULIPS, JORIS]);
    learns_the_decision(&app, program).await;
}
