//! The command line and the probes, as an operator and a proxy meet them.

use crate::harness::Server;
use std::process::{Command, Output};

fn imgc(folder: &std::path::Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
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
    for key in ["oidc.client_id", "openai.api_key", "contact", "public_url"] {
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
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_answer_and_readiness_ends_with_the_server() {
    let server = Server::start(&[]).await;
    let mut proxy = server.browser();
    assert_eq!(proxy.get("/healthz").await.status, 200);
    let ready = proxy.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(!ready.header("x-request-id").is_empty());
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
