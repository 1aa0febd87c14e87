//! The command line and the probes, as an operator and a proxy meet them.

use crate::{
    crash::Outside,
    harness::{PATIENCE, Server, http_client, on_d1, site},
};
use sqlx::Connection;
use std::{
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Command, Output},
};

pub fn imgc(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgc"));
    command.current_dir(folder).args(arguments).env_clear();
    command.env("IMGC_DATA_DIR", folder.join("data"));
    command.envs(env.iter().copied()).output().unwrap()
}

#[test]
fn an_unsafe_or_incomplete_set_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let output = imgc(
        folder.path(),
        &["serve"],
        &[("LEPTOS_SITE_ADDR", "0.0.0.0:0")],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    for key in [
        "oidc.client_id",
        "openai.api_key",
        "contact",
        "public_url",
        "sign_up.mode",
    ] {
        assert!(said.contains(key), "{key} is not named: {said}");
    }
}

#[test]
fn the_doctor_hides_secrets_and_says_what_fails() {
    let folder = tempfile::tempdir().unwrap();
    let well = imgc(folder.path(), &["doctor"], &[]);
    let report = String::from_utf8_lossy(&well.stdout).into_owned();
    assert!(well.status.success(), "{report}");
    assert!(
        report.contains("✓ database") && report.contains("✓ objects"),
        "{report}"
    );

    let env = [
        ("IMGC_OIDC_ISSUER", "http://127.0.0.1:9"),
        ("IMGC_OIDC_CLIENT_ID", "shown-id"),
        ("IMGC_OIDC_CLIENT_SECRET", "hidden-1"),
        ("IMGC_OPENAI_API_KEY", "hidden-2"),
        ("IMGC_OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
        ("IMGC_CONTACT", "help@example.com"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_SIGN_UP_MODE", "invitation"),
    ];
    let ill = imgc(folder.path(), &["doctor"], &env);
    let report = String::from_utf8_lossy(&ill.stdout).into_owned();
    assert_eq!(ill.status.code(), Some(1));
    assert!(
        report.contains("✗ identity") && report.contains("oidc.issuer"),
        "{report}"
    );
    assert!(
        report.contains("✗ image API") && report.contains("openai.base_url"),
        "{report}"
    );
    let all = format!("{report}{}", String::from_utf8_lossy(&ill.stderr));
    assert!(
        report.contains("shown-id") && !all.contains("hidden-"),
        "{all}"
    );
    assert!(report.contains("Sign-up: by invitation"), "{report}");
    // What a proxy in front would break.
    for key in ["! public_url", "! trusted_proxies", "! mail.host"] {
        assert!(report.contains(key), "{key} is not warned of: {report}");
    }
    assert!(!String::from_utf8_lossy(&well.stdout).contains("! public_url"));
}

#[test]
fn the_command_line_says_its_version_and_prints_what_packages_install() {
    let folder = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| {
        let output = imgc(folder.path(), arguments, &[]);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let version = said(&["--version"]);
    assert!(version.starts_with(concat!("imgc ", env!("CARGO_PKG_VERSION"))));
    let man = said(&["man"]);
    for part in [
        ".TH imgc 1",
        "ENVIRONMENT",
        "IMGC_PUBLIC_URL",
        "backup\\-key",
        "\\-\\-replace",
        "EXIT STATUS",
    ] {
        assert!(
            man.contains(part),
            "{part} is not in the manual page: {man}"
        );
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            said(&["completions", shell]).contains("backup-key"),
            "{shell}"
        );
    }
    let unknown = imgc(folder.path(), &["completions", "none"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn the_exit_code_says_whether_another_try_makes_sense() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], env: &[(&str, &str)]| {
        let output = imgc(folder.path(), arguments, env);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = run(&["serve"], &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("LEPTOS_SITE_ROOT") && said.contains("/pkg/imgc.wasm"));

    let (code, said) = run(&["backup"], &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("IMGC_BACKUP_RECIPIENT"), "{said}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let site = site(folder.path()).display().to_string();
    let env = [
        ("LEPTOS_SITE_ADDR", address.as_str()),
        ("LEPTOS_SITE_ROOT", site.as_str()),
    ];
    let (code, said) = run(&["serve"], &env);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("LEPTOS_SITE_ADDR"), "{said}");
}

#[test]
fn commands_of_one_engine_say_what_to_do_on_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let digits = "0f".repeat(32);
    // Nobody is asked: there is nobody at these addresses.
    let shared = [
        ("IMGC_DATABASE_URL", "http://127.0.0.1:9/db/1"),
        ("IMGC_DATABASE_SECRET", digits.as_str()),
        ("IMGC_INSTANCE_KEY", digits.as_str()),
        ("IMGC_OBJECTS_URL", "s3://pictures"),
        ("IMGC_OBJECTS_ENDPOINT", "http://127.0.0.1:9"),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", "id"),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "key"),
    ];
    // A command, the environment beside, and what it says.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let commands: [Case<'_>; 4] = [
        (&["backup"], &shared, "imgc move --to sqlite"),
        (
            &["restore", "a.tar.age", "--key", "k"],
            &shared,
            "imgc move --to d1",
        ),
        (&["move", "--to", "d1"], &[], "IMGC_DATABASE_URL"),
        (&["move", "--to", "sqlite"], &[], "IMGC_DATABASE_URL"),
    ];
    for (command, env, part) in commands {
        let output = imgc(folder.path(), command, env);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains(part), "{command:?}: {said}");
        assert!(!said.contains(&digits), "a secret shows: {said}");
    }
    // Who cannot be reached may be there later.
    let output = imgc(folder.path(), &["move", "--to", "d1"], &shared);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");

    // A folder that a move has left in the middle is none to serve.
    std::fs::create_dir_all(folder.path().join("data/move.part")).unwrap();
    let site = site(folder.path()).display().to_string();
    let env = [
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
        ("IMGC_DEMO_PORT", "0"),
        ("LEPTOS_SITE_ROOT", site.as_str()),
    ];
    let output = imgc(folder.path(), &["serve"], &env);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("move.part"), "{said}");
    assert!(!folder.path().join("data/imgc.db").exists());
}

/// Runs one statement on the database of a data folder.
async fn alter(folder: &Path, statement: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("data/imgc.db"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone_and_the_operator_told() {
    if on_d1() {
        // The database is a file here; cluster/refused.rs asks the same of D1.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(imgc(folder.path(), &["migrate"], &[]).status.success());
    alter(
        folder.path(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of a later year', TRUE, x'00', 0)",
    )
    .await;
    let site = site(folder.path()).display().to_string();
    let env = [
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
        ("IMGC_DEMO_PORT", "0"),
        ("LEPTOS_SITE_ROOT", site.as_str()),
    ];
    let key = imgc::ops::backup::make_key(&folder.path().join("key.txt")).unwrap();
    let env = [&env[..], &[("IMGC_BACKUP_RECIPIENT", key.as_str())]].concat();
    let known = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"));
    let known = known.unwrap().map(|file| file.unwrap().file_name());
    let known = known.map(|name| name.to_string_lossy()[..4].parse::<i64>().unwrap());
    let known = format!("no migration after {}", known.max().unwrap());
    let commands: [&[&str]; 6] = [
        &["serve"],
        &["migrate"],
        &["doctor"],
        &["backup"],
        &["purge"],
        &["purge", "--dry-run"],
    ];
    for command in commands {
        let output = imgc(folder.path(), command, &env);
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        for part in ["imgc.db", "a newer imgc", "9999", &known, "imgc restore"] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
    }
    alter(
        folder.path(),
        "DELETE FROM _sqlx_migrations WHERE version = 9999",
    )
    .await;
    alter(
        folder.path(),
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1",
    )
    .await;
    let output = imgc(folder.path(), &["purge"], &env);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another build"));
}

fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_of_the_start_and_the_end_and_a_hang_up_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut message = [0; 200];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length])
            .trim()
            .to_owned()
    };
    let outside = Outside::start(folder.path()).await;
    let environment = [("NOTIFY_SOCKET", path.display().to_string())];
    let mut child = outside.server_with(folder.path(), None, &environment).await;
    assert_eq!(told(), "READY=1");
    send("-HUP", child.id());
    std::thread::sleep(std::time::Duration::from_millis(200));
    let health = http_client()
        .get(format!("http://{}/healthz", outside.site))
        .send()
        .await;
    assert_eq!(health.unwrap().status(), 200);
    send("-TERM", child.id());
    assert_eq!(told(), "STOPPING=1");
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_on_a_terminal_holds_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let log = folder.path().join("out.log");
    for format in ["text", "json"] {
        let file = std::fs::File::create(&log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_imgc"))
            .current_dir(folder.path())
            .envs(outside.environment(folder.path()))
            .env("IMGC_LOG_FORMAT", format)
            .env("TERM", "xterm-256color")
            .stdin(std::process::Stdio::null())
            .stderr(file.try_clone().unwrap())
            .stdout(file)
            .spawn()
            .unwrap();
        let began = std::time::Instant::now();
        let ask = |path: &str| {
            http_client()
                .get(format!("http://{}{path}", outside.site))
                .send()
        };
        while ask("/readyz").await.is_err() {
            assert!(began.elapsed() < PATIENCE, "it does not start");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let _ = ask("/no/%1b[31mcolour").await;
        send("-TERM", child.id());
        assert!(child.wait().unwrap().success());
        let mut written = vec![std::fs::read(&log).unwrap()];
        let daily = std::fs::read_dir(folder.path().join("data/logs")).unwrap();
        written.extend(daily.map(|file| std::fs::read(file.unwrap().path()).unwrap()));
        for text in written {
            assert!(text.len() > 100, "nothing was logged");
            assert!(!text.contains(&0x1b), "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_answer_and_readiness_ends_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path());
    let server = Server::start(&[("LEPTOS_SITE_ROOT", &site.display().to_string())]).await;
    let mut proxy = server.browser();
    assert_eq!(proxy.get("/healthz").await.status, 200);
    let ready = proxy.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(!ready.header("x-request-id").is_empty());
    // Pages without their style are no service. An answer is good for a moment.
    std::fs::remove_file(site.join("pkg/imgc.css")).unwrap();
    let began = std::time::Instant::now();
    while proxy.get("/readyz").await.status != 503 {
        assert!(began.elapsed() < PATIENCE, "it stays ready");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_icon_is_not_sent_twice_and_is_not_missing() {
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/public");
    let server = Server::start(&[("LEPTOS_SITE_ROOT", public)]).await;
    let mut browser = server.browser();
    let first = browser.get("/favicon.svg").await;
    assert_eq!(first.status, 200);
    let again = browser
        .request(reqwest::Method::GET, "/favicon.svg")
        .header("if-modified-since", first.header("last-modified"));
    assert_eq!(browser.send(again).await.status(), 304);
    assert_eq!(browser.get("/no-such-icon.svg").await.status, 404);
    assert_eq!(browser.get("/../Cargo.toml").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_folder_holds_is_there_after_a_restart() {
    let mut server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a memory").await;
    let data = std::mem::replace(&mut server.data, tempfile::tempdir().unwrap());
    drop(server);
    let again = Server::start_in(data, &[]).await;
    let mut visitor = again.browser();
    // The cookie is for the host; the session is in the database.
    visitor.cookies = ada.cookies.clone();
    assert_eq!(visitor.get(&format!("/i/{id}")).await.status, 200);
}

#[test]
fn invitations_are_made_listed_and_taken_back_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let env = [("IMGC_SIGN_UP_MODE", "invitation")];
    let run = |arguments: &[&str]| {
        let output = imgc(folder.path(), arguments, &env);
        let both = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.code(), String::from_utf8(both).unwrap())
    };
    let (code, said) = run(&["invite", "list"]);
    assert_eq!(code, Some(2), "there is no database: {said}");
    assert_eq!(run(&["migrate"]).0, Some(0));
    assert!(run(&["invite", "list"]).1.contains("no invitations"));
    let (code, said) = run(&["invite", "create", "--note", "the choir", "--uses", "3"]);
    assert_eq!(code, Some(0), "{said}");
    let link = said.lines().next().unwrap();
    assert!(
        link.starts_with("http://127.0.0.1:3000/invitation/"),
        "{said}"
    );
    let (_, listed) = run(&["invite", "list"]);
    for part in [link, "0 of 3 used", "the choir"] {
        assert!(listed.contains(part), "{part} is not in {listed}");
    }
    let id = listed.split_whitespace().next().unwrap();
    assert_eq!(run(&["invite", "revoke", id]).0, Some(0));
    let (code, said) = run(&["invite", "revoke", id]);
    assert_eq!(code, Some(1), "{said}");
    let (_, listed) = run(&["invite", "list"]);
    assert!(
        listed.contains("was taken back") && !listed.contains(link),
        "{listed}"
    );
    for odd in [
        &["invite"][..],
        &["invite", "create", "--uses", "0"],
        &["invite", "create", "--days", "366"],
    ] {
        assert_eq!(run(odd).0, Some(2), "{odd:?}");
    }
    let long = "x".repeat(81);
    assert_eq!(run(&["invite", "create", "--note", &long]).0, Some(1));
    // Where none would help, it says so.
    let open = imgc(folder.path(), &["invite", "create"], &[]);
    assert!(String::from_utf8_lossy(&open.stdout).contains("sign_up.mode"));
    let man = run(&["man"]).1;
    assert!(
        man.contains("invite create") && man.contains("IMGC_SIGN_UP_MODE"),
        "{man}"
    );
}
