//! Taking everything along.

use super::{HOUR_MS, close};
use crate::{
    harness::{Browser, Server, on_d1},
    library::{
        Given, give, keep_originals, original, person,
        zip::{FormOf, python, resident_kib, save},
    },
};
use reqwest::Method;
use serde_json::Value;

/// Downloads the export; the most memory this process had meanwhile, in kibibytes.
async fn download(browser: &mut Browser, file: &std::path::Path) -> u64 {
    let request = browser
        .request(Method::POST, "/account/export")
        .form_of(&[("lang", "en")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    save(answer, file).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_everything_and_its_hashes_match() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada <Martin>").await;
    let id = ada.picture("a boat & \"<script>alert(1)</script>\"").await;
    ada.post("/api/publish", &[("id", &id), ("lang", "en")])
        .await;
    let tag = [
        ("ids[]", id.as_str()),
        ("action", "tag"),
        ("about[tag]", "Marée"),
        ("lang", "en"),
    ];
    ada.post("/api/change", &tag).await;
    let (_, bytes) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    let file = server.data.path().join("export.zip");
    download(&mut ada, &file).await;
    let said = python(
        &file,
        "import zipfile, sys, hashlib, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
names = [i.filename for i in z.infolist()]
sums = dict(reversed(line.split('  ', 1)) for line in z.read('SHA256SUMS').decode().splitlines())
assert sorted(sums) == sorted(n for n in names if n != 'SHA256SUMS'), (names, sums)
for name, sum in sums.items():
    assert hashlib.sha256(z.read(name)).hexdigest() == sum, name
print(json.dumps([json.loads(z.read('data.json')), z.read('index.html').decode()]))",
    );
    let said: Value = serde_json::from_str(&said).unwrap();
    let (data, index) = (&said[0], said[1].as_str().unwrap());
    assert_eq!(data["schema"], "imgc-export-1");
    assert_eq!(data["profile"]["name"], "Ada <Martin>");
    assert!(data["profile"]["email"].as_str().unwrap().contains('@'));
    assert_eq!(data["profile"]["age_stated_years"], 13);
    assert_eq!(data["sessions"][0]["device"], "reqwest-test");
    assert_eq!(data["sign_ins"][0]["address"], "127.0.0.1");
    assert_eq!(data["jobs"][0]["state"], "ready");
    for list in [
        "invited_by",
        "invitations",
        "limits",
        "mails",
        "likes",
        "follows",
        "hidden_makers",
    ] {
        assert_eq!(data[list], serde_json::json!([]), "{list}");
    }
    let picture = &data["pictures"][0];
    assert_eq!(picture["id"], id.as_str());
    assert_eq!(picture["tags"], serde_json::json!(["Marée"]));
    assert!(picture["published_at"].is_string());
    let sum = imgc::server::secrets::sha256(&bytes);
    assert_eq!(
        picture["sha256"],
        sum.as_str(),
        "the original, byte for byte"
    );
    // The page opens without a connection and runs nothing.
    assert!(index.contains(&format!("src=\"{}\"", picture["file"].as_str().unwrap())));
    for not in ["<script", "http:", "https:", "Ada <Martin>"] {
        assert!(!index.contains(not), "{not}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_for_its_owner_after_a_fresh_sign_in() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let sent = stranger.post("/account/export", &[("lang", "fr")]).await;
    assert_eq!(sent.location(), "/fr/sign-in?next=/fr/account");
    let mut ada = server.signed_in("Ada Martin").await;
    server.state.clock.advance_ms(HOUR_MS);
    let refused = ada.post("/account/export", &[("lang", "en")]).await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    ada.sign_in("Ada Martin").await;
    close(&mut ada, "").await;
    let closed = ada.post("/account/export", &[("lang", "en")]).await;
    assert!(closed.location().starts_with("/sign-in"));
}

/// An export breaks off, rather than end well, when its account is erased
/// under it.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_an_account_that_is_being_erased_never_looks_whole() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let given: Vec<Given> = (0..200).map(|_| Given::default()).collect();
    let ids = give(&server, &me, &given).await;
    keep_originals(&server, &ids, |id| original(id).repeat(40)).await;
    let request = ada
        .request(Method::POST, "/account/export")
        .form_of(&[("lang", "en")]);
    let mut answer = request.send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    let receipt = close(&mut ada, "now").await;
    super::until_receipt_says(&mut server.browser(), &receipt, "Every file erased").await;
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken, "it ended as if it were whole");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes long: thousands of pictures"]
async fn an_export_of_ten_thousand_pictures_takes_no_memory_to_speak_of() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    // A bucket takes longer to fill.
    let pictures = if on_d1() { 4_000 } else { 10_000 };
    let given: Vec<Given> = (0..pictures).map(|_| Given::default()).collect();
    let ids = give(&server, &me, &given).await;
    keep_originals(&server, &ids, |id| original(id).repeat(10)).await;
    let before = resident_kib();
    let file = server.data.path().join("all.zip");
    let grown = download(&mut ada, &file).await.saturating_sub(before) / 1024;
    assert!(grown < 48, "{grown} MiB more");
    let said = python(
        &file,
        "import zipfile, sys, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(len(z.infolist()), len(json.loads(z.read('data.json'))['pictures']))",
    );
    assert_eq!(said.trim(), format!("{} {pictures}", pictures + 4));
}
