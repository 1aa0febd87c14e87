//! Edits: what is sent, what it costs, what a mask does, and a killed server.

use super::{add, ids, samples, tray};
use crate::{
    crash::{Outside, kill, wait_for_state},
    harness::{Browser, Server, job_id, new_key},
};
use image::RgbaImage;

const MAGENTA: [u8; 3] = [230, 20, 200];

async fn original(browser: &mut Browser, job: &serde_json::Value, index: usize) -> RgbaImage {
    let id = job["images"][index]["id"].as_str().unwrap();
    let (status, bytes) = browser
        .get_bytes(&format!("/files/{id}/original.png"))
        .await;
    assert_eq!(status, 200);
    image::load_from_memory(&bytes).unwrap().into_rgba8()
}

/// How much of a row of pixels still has the reference's colour, of 1.
fn still_magenta(picture: &RgbaImage, columns: std::ops::Range<u32>) -> f64 {
    let count = columns.len() as f64;
    let near = |x: &u32| {
        let pixel = picture.get_pixel(*x, picture.height() / 2).0;
        pixel.iter().zip(MAGENTA).all(|(a, b)| a.abs_diff(b) < 12)
    };
    columns.filter(near).count() as f64 / count
}

#[tokio::test(flavor = "multi_thread")]
async fn references_and_a_mask_change_the_masked_part_alone() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = add(&mut ada, "", &samples::plain(640, 640, MAGENTA)).await;
    let second = add(&mut ada, &first, &samples::jpeg(300, 200)).await;
    let both = format!("{first},{second}");
    let mask = samples::left_half(640, 640);
    let masked = tray(
        &mut ada,
        &[("draft[references]", &both)],
        &[("mask_file", &mask)],
    )
    .await;
    let mask = masked["mask"].as_str().unwrap().to_owned();
    let key = new_key();
    let prompt = format!("a forest [key:{key}]");
    let fields = [("draft[references]", both.as_str()), ("draft[mask]", &mask)];
    let request = new_key();
    let id = job_id(&ada.submit(&prompt, &request, &fields).await);
    let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!(job["state"], "ready", "{job}");
    assert_eq!(job["settings"]["references"], 2);
    assert_eq!(job["settings"]["mask"], true);
    let picture = original(&mut ada, &job, 0).await;
    assert_eq!(picture.dimensions(), (1024, 1024));
    assert!(
        still_magenta(&picture, 0..500) < 0.2,
        "the left half changed"
    );
    assert!(
        still_magenta(&picture, 524..1024) > 0.98,
        "the right half did not"
    );
    // Two pictures of 4,354 tokens at $8 a million, and what a low picture costs.
    let cost = job["cost_micros"].as_i64().unwrap();
    assert!((69_664..100_000).contains(&cost), "{cost}");
    // The same form is the same job; with other pictures it is another.
    assert_eq!(job_id(&ada.submit(&prompt, &request, &fields).await), id);
    let turned = format!("{second},{first}");
    let other = ada
        .submit(&prompt, &request, &[("draft[references]", &turned)])
        .await;
    let other = job_id(&other);
    assert_ne!(other, id);
    let other = ada.until(&other, &["ready", "failed", "unknown"]).await;
    assert_eq!(other["state"], "ready");
    let stats = server.painter().await;
    assert_eq!(stats["by_key"][&key], 2, "each was painted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn references_work_for_several_pictures_and_reserve_enough() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = add(&mut ada, "", &samples::plain(320, 320, MAGENTA)).await;
    let fields = [("draft[references]", id.as_str()), ("draft[count]", "2")];
    let page = ada
        .submit("two variations [demo:slow=2]", &new_key(), &fields)
        .await;
    let job = job_id(&page);
    let reserved = ada.job(&job).await["cost_micros"].as_i64().unwrap();
    let done = ada.until(&job, &["ready", "failed", "unknown"]).await;
    assert_eq!(done["images"].as_array().unwrap().len(), 2, "{done}");
    let cost = done["cost_micros"].as_i64().unwrap();
    assert!(reserved >= cost && cost > 34_832, "{reserved} {cost}");
    // Without a mask the painting shows through the reference everywhere.
    let picture = original(&mut ada, &done, 1).await;
    assert!(still_magenta(&picture, 0..1024) < 0.2);
    // A model that knows only words says so, before anything is sent.
    let words_only = [
        ("draft[references]", id.as_str()),
        ("draft[model]", "dall-e-3"),
        ("draft[quality]", "standard"),
    ];
    let page = ada.submit("words", &new_key(), &words_only).await;
    assert!(
        page.refusal().contains("not_offered"),
        "{}",
        page.location()
    );
    let draft = ada.get("/create").await.text;
    assert!(draft.contains(&id), "the picture is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn references_take_masks_of_their_own_size_only() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = add(&mut ada, "", &samples::plain(64, 48, MAGENTA)).await;
    let bad: [(&str, Vec<u8>); 5] = [
        ("mask_size", samples::left_half(48, 64)),
        ("mask_opaque", samples::plain(64, 48, MAGENTA)),
        ("mask_not_png", samples::jpeg(64, 48)),
        ("mask_empty", samples::covered(64, 48)),
        ("not_a_picture", b"words".to_vec()),
    ];
    let fields = [("draft[references]", first.as_str())];
    for (code, bytes) in &bad {
        let seen = tray(&mut ada, &fields, &[("mask_file", bytes)]).await;
        assert!(
            seen["refused"][0].to_string().contains(code),
            "{code}: {seen}"
        );
        assert!(seen["mask"].is_null());
    }
    let good = samples::left_half(64, 48);
    let alone = tray(&mut ada, &[], &[("mask_file", &good)]).await;
    assert!(alone["refused"][0].to_string().contains("mask_alone"));
    let masked = tray(&mut ada, &fields, &[("mask_file", &good)]).await;
    let mask = masked["mask"].as_str().unwrap().to_owned();
    // Another first picture has no mask; the old one finds its own again.
    let second = add(&mut ada, &first, &samples::plain(32, 32, MAGENTA)).await;
    let both = format!("{first},{second}");
    let earlier = format!("earlier:{second}");
    let fields = [
        ("draft[references]", both.as_str()),
        ("draft[mask]", &mask),
        ("change", &earlier),
    ];
    let turned = tray(&mut ada, &fields, &[]).await;
    assert!(turned["mask"].is_null(), "{turned}");
    let list = ids(&turned).join(",");
    let earlier = format!("earlier:{first}");
    let back = tray(
        &mut ada,
        &[("draft[references]", &list), ("change", &earlier)],
        &[],
    )
    .await;
    assert_eq!(back["mask"], mask.as_str());
    // A mask that is not the first picture's is refused when it is sent.
    let crossed = [
        ("draft[references]", second.as_str()),
        ("draft[mask]", &mask),
    ];
    let page = ada.submit("crossed", &new_key(), &crossed).await;
    assert!(page.refusal().contains("gone"), "{}", page.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_survive_a_killed_server_and_nothing_is_paid_twice() {
    for (point, asked) in [("job-dispatching", 0), ("job-answered", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let outside = Outside::start(folder.path()).await;
        let mut child = outside.server(folder.path(), Some(point)).await;
        let mut ada = Browser::new(&format!("http://{}", outside.site));
        ada.sign_in("Ada Martin").await;
        let picture = add(&mut ada, "", &samples::plain(320, 320, MAGENTA)).await;
        let key = new_key();
        let prompt = format!("a lighthouse [key:{key}]");
        let page = ada
            .submit(&prompt, &new_key(), &[("draft[references]", &picture)])
            .await;
        let id = job_id(&page);
        wait_for_state(folder.path(), &id, "dispatching").await;
        while outside.requests(&key).await < asked {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        kill(&mut child);

        let mut child = outside.server(folder.path(), None).await;
        let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
        assert_eq!(job["state"], "unknown", "{point}");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(
            outside.requests(&key).await,
            asked,
            "{point}: nobody asks again unasked"
        );
        let kept = format!("/uploads/{picture}/picture.png");
        assert_eq!(
            ada.get_bytes(&kept).await.0,
            200,
            "{point}: the inputs are there"
        );
        let again = ada.post("/api/retry", &[("id", &id), ("lang", "en")]).await;
        let again = ada
            .until(&job_id(&again), &["ready", "failed", "unknown"])
            .await;
        assert_eq!(again["state"], "ready", "{point}");
        assert_eq!(again["settings"]["references"], 1);
        assert_eq!(outside.requests(&key).await, asked + 1);
        kill(&mut child);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn references_come_back_when_a_job_is_edited() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let picture = add(&mut ada, "", &samples::plain(320, 320, MAGENTA)).await;
    let fields = [("draft[references]", picture.as_str())];
    let id = job_id(&ada.submit("a hill", &new_key(), &fields).await);
    ada.until(&id, &["ready", "failed", "unknown"]).await;
    ada.post("/api/edit", &[("id", &id), ("lang", "en")]).await;
    let page = ada.get("/create").await.text;
    assert!(page.contains(&picture) && page.contains("a hill"));
}
