//! What is taken in, whose it is, and when it is gone.

use super::{add, ids, samples, send, tray};
use crate::harness::{Server, folder::files_below, http_client, job_id, new_key};
use imgc::{housekeeping, server::outbox};
use reqwest::Method;
use serde_json::json;

const HOUR_MS: i64 = 3600 * 1000;

#[tokio::test(flavor = "multi_thread")]
async fn references_that_cannot_be_used_are_each_refused_in_words() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let large = vec![7; 26 * 1024 * 1024];
    let bad: [(&str, Vec<u8>); 7] = [
        ("not_a_picture", b"just some words".to_vec()),
        (
            "unsupported",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        ),
        ("unsupported", b"GIF89a\x01\0\x01\0".to_vec()),
        ("animated", samples::animated()),
        ("damaged", samples::truncated()),
        ("too_many_pixels", samples::bomb()),
        ("too_large", large),
    ];
    let good = samples::plain(64, 48, [9, 90, 200]);
    let mut files: Vec<super::File> = bad.iter().map(|(_, b)| ("files[]", &b[..])).collect();
    files.push(("files[]", &good));
    let tray = tray(&mut ada, &[], &files).await;
    assert_eq!(
        tray["items"].as_array().unwrap().len(),
        1,
        "the good one is kept"
    );
    let refused = tray["refused"].as_array().unwrap();
    assert_eq!(refused.len(), bad.len());
    for (number, ((code, _), refusal)) in bad.iter().zip(refused).enumerate() {
        assert_eq!(refusal["file"], number + 1);
        let problem = refusal["problem"]["upload"].to_string();
        assert!(problem.contains(code), "{code}: {refusal}");
    }
    // Without a script the words are on the page, in the language of the form.
    let files: [super::File; 2] = [("files[]", b"words"), ("files[]", &good)];
    let fields = [
        ("lang", "fr"),
        ("draft[prompt]", "Un phare & <b>une île</b>"),
    ];
    let answer = send(&mut ada, &fields, &files, false).await;
    assert_eq!(answer.status, 303);
    let location = answer.location().to_owned();
    assert!(location.starts_with("/fr/create?refused="), "{location}");
    assert!(!location.contains("phare"), "no prompt in an address");
    let page = ada.get(location.split('#').next().unwrap()).await.text;
    assert!(page.contains("Ce fichier n’est pas une image"), "{page}");
    assert!(
        page.contains("Un phare &amp; &lt;b&gt;une île"),
        "nothing typed is lost"
    );
    assert!(page.contains("Image de référence 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_sixteen_at_most_and_in_order() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let pictures: Vec<Vec<u8>> = (1..=17)
        .map(|n| samples::plain(16 * n, 16, [1, 1, 1]))
        .collect();
    let files: Vec<super::File> = pictures.iter().map(|p| ("files[]", &p[..])).collect();
    let all = tray(&mut ada, &[], &files).await;
    let widths: Vec<u64> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["width"].as_u64().unwrap())
        .collect();
    assert_eq!(widths, (1..=16).map(|n| n * 16).collect::<Vec<_>>());
    let refused = json!([{"file": 17, "problem": {"upload": {"too_many": {"limit": 16}}}}]);
    assert_eq!(all["refused"], refused);
    let before = ids(&all);
    let list = before.join(",");
    let earlier = format!("earlier:{}", before[2]);
    let fields = [("draft[references]", list.as_str()), ("change", &earlier)];
    let moved = ids(&tray(&mut ada, &fields, &[]).await);
    assert_eq!((&moved[1], &moved[2]), (&before[2], &before[1]));
    // A script's list with one too many is no way around it.
    let one_more = format!("{list},{}", new_key());
    let page = ada
        .submit("too many", &new_key(), &[("draft[references]", &one_more)])
        .await;
    assert!(page.refusal().contains("too_many"), "{}", page.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_lose_their_metadata_and_stand_upright() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let photo = samples::photo(80, 40);
    let fields = [("draft[prompt]", "x")];
    let tray = tray(&mut ada, &fields, &[("files[]", &photo)]).await;
    let item = &tray["items"][0];
    assert_eq!(
        (item["width"].as_u64(), item["height"].as_u64()),
        (Some(40), Some(80))
    );
    let (status, kept) = ada.get_bytes(item["picture"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert!(kept.starts_with(b"\xff\xd8\xff"), "a JPEG stays one");
    for secret in [&b"Exif"[..], b"GPS", b"48.8583"] {
        assert!(!kept.windows(secret.len()).any(|w| w == secret));
    }
    assert_eq!(
        ada.get_bytes(item["thumbnail"].as_str().unwrap()).await.0,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn references_belong_to_one_person() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = add(&mut ada, "", &samples::plain(64, 64, [1, 2, 3])).await;
    let picture = ada.picture("mine alone").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    for file in ["picture.png", "small.webp", "picture.jpeg", "small.png"] {
        let path = format!("/uploads/{id}/{file}");
        assert_eq!(sam.get(&path).await.status, 404, "{path}");
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
    let page = ada.get(&format!("/uploads/{id}/picture.png")).await;
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.header("content-security-policy").contains("sandbox"));
    // Naming it in a form of one's own shows nothing, removes nothing and sends nothing.
    let mask = samples::left_half(64, 64);
    let remove = format!("remove:{id}");
    let fields = [("draft[references]", id.as_str()), ("change", &remove)];
    assert!(ids(&tray(&mut sam, &fields, &[]).await).is_empty());
    let seen = tray(&mut sam, &fields[..1], &[("mask_file", &mask)]).await;
    assert!(ids(&seen).is_empty() && seen["mask"].is_null(), "{seen}");
    let page = sam
        .submit("stolen", &new_key(), &[("draft[references]", &id)])
        .await;
    assert!(page.refusal().contains("gone"), "{}", page.location());
    let pick = format!("picture:{picture}");
    assert_eq!(
        send(&mut sam, &[("change", &pick)], &[], true).await.status,
        404
    );
    assert_eq!(
        ada.get(&format!("/uploads/{id}/small.webp")).await.status,
        200
    );
    // A stranger keeps the words, and signs in first.
    let good = samples::plain(8, 8, [0, 0, 0]);
    let words = [("draft[prompt]", "a stranger's words")];
    let page = send(&mut stranger, &words, &[("files[]", &good)], false).await;
    assert_eq!(page.location(), "/sign-in?next=/create");
    stranger.sign_in("Kim Okafor").await;
    assert!(
        stranger
            .get("/create")
            .await
            .text
            .contains("a stranger's words")
    );
    assert_eq!(
        send(&mut server.browser(), &words, &[], true).await.status,
        401
    );
    // Other sites cannot write here, and links cannot either.
    for site in ["cross-site", "same-site", "none"] {
        let mut request = ada.request(Method::POST, "/uploads").build().unwrap();
        request
            .headers_mut()
            .insert("sec-fetch-site", site.parse().unwrap());
        let answer = http_client().execute(request).await.unwrap();
        assert_eq!(answer.status(), 403);
    }
    assert!(ada.get("/uploads").await.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_come_from_the_library_and_from_forms_without_scripts() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let picture = ada.picture("a harbour in the fog").await;
    let pick = format!("picture:{picture}");
    let fields = [
        ("draft[prompt]", "the same at night"),
        ("age", "on"),
        ("change", &pick),
    ];
    let empty: [super::File; 2] = [("files[]", b""), ("mask_file", b"")];
    let answer = send(&mut ada, &fields, &empty, false).await;
    assert_eq!(answer.location(), "/create#references");
    let page = ada.get("/create").await.text;
    assert!(page.contains("the same at night") && page.contains("Reference picture 1"));
    // A file that was chosen and not added is not left out in silence.
    let page = ada
        .submit("x", &new_key(), &[("files[]", "holiday.png")])
        .await;
    assert!(page.refusal().contains("not_added"), "{}", page.location());
    let page = ada
        .submit("x", &new_key(), &[("files[]", ""), ("mask_file", "")])
        .await;
    assert!(page.location().starts_with("/jobs/"), "{}", page.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_erased_a_day_after_their_last_use() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let files = async || {
        let kept = server.objects().await.into_iter();
        kept.filter(|name| name.starts_with("uploads/")).count()
    };
    let picture = samples::plain(64, 64, [200, 30, 90]);
    let unused = add(&mut ada, "", &picture).await;
    let failing = add(&mut ada, "", &picture).await;
    let ready = add(&mut ada, "", &picture).await;
    assert_eq!(files().await, 6, "each with its small copy");
    let job = job_id(
        &ada.submit("fine", &new_key(), &[("draft[references]", &ready)])
            .await,
    );
    ada.until(&job, &["ready"]).await;
    server.state.clock.advance_ms(20 * HOUR_MS);
    let refused = "no [demo:moderation-prompt]";
    let failed = job_id(
        &ada.submit(refused, &new_key(), &[("draft[references]", &failing)])
            .await,
    );
    ada.until(&failed, &["failed"]).await;
    server.state.clock.advance_ms(5 * HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(files().await, 2, "what was sent five hours ago is kept");
    for gone in [&unused, &ready] {
        assert_eq!(
            ada.get(&format!("/uploads/{gone}/small.webp")).await.status,
            404
        );
    }
    // Within the day a failed job can be tried again with its pictures.
    server.state.clock.advance_ms(18 * HOUR_MS);
    housekeeping::round(&server.state).await;
    let again = ada
        .post("/api/retry", &[("id", &failed), ("lang", "en")])
        .await;
    let again = job_id(&again);
    ada.until(&again, &["failed"]).await;
    server.state.clock.advance_ms(25 * HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(files().await, 0);
    let late = ada
        .post("/api/retry", &[("id", &again), ("lang", "en")])
        .await;
    assert!(late.refusal().contains("gone"), "{}", late.location());
    // Looking at the composer counts as use; removing erases at once.
    let kept = add(&mut ada, "", &picture).await;
    server.state.clock.advance_ms(20 * HOUR_MS);
    assert!(ada.get("/create").await.text.contains(&kept));
    server.state.clock.advance_ms(20 * HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(files().await, 2);
    let remove = format!("remove:{kept}");
    tray(
        &mut ada,
        &[("draft[references]", &kept), ("change", &remove)],
        &[],
    )
    .await;
    outbox::delete_objects(&server.state).await;
    assert_eq!(files().await, 0);
    let incoming = files_below(&server.data.path().join("incoming"));
    assert_eq!(incoming, vec![], "nothing received lies about");
}
