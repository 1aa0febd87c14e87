//! Copies of removed pictures: the same ones are refused, those that look alike wait for
//! somebody to look, and how well that is told apart.

use crate::{
    harness::{Browser, PATIENCE, Server},
    measures::taken_back,
    notices::{case, count, decide, published, report},
    rights,
};
use image::{
    DynamicImage, GenericImageView, ImageFormat, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use imgc::{
    housekeeping,
    model::{
        limits::{DAY_MS, REMOVED_MS},
        notice::{Ground, PictureMeasure},
    },
    server::{AppState, objects::ObjectKey, recognise},
    store::{
        Statement,
        case_acts::{self, Decision},
        removed::{self, Traces},
        reports::Act,
    },
};
use imgc_demo::painter::{Painting, paint};
use imgc_pictures::SIMILAR;
use reqwest::{Method, multipart};
use std::{io::Cursor, time::Instant};

const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, noe.laurent@example.com",
);
const LANG: (&str, &str) = ("lang", "en");

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.to_rgb8().write_with_encoder(encoder).unwrap();
    bytes
}

/// A picture as it looks with these parts of its edges cut off: left, top, right, bottom.
fn cut(picture: &DynamicImage, parts: [f32; 4]) -> DynamicImage {
    let (width, height) = picture.dimensions();
    let of = |side: u32, part: f32| (side as f32 * part) as u32;
    let [left, top, right, bottom] = parts;
    let (x, y) = (of(width, left), of(height, top));
    picture.crop_imm(
        x,
        y,
        width - x - of(width, right),
        height - y - of(height, bottom),
    )
}

/// What somebody may do to a picture who wants it back, each as a file.
async fn variants(picture: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    let (width, height) = picture.dimensions();
    let sized = |part: f32| {
        let of = |side: u32| (side as f32 * part) as u32;
        picture.resize_exact(of(width), of(height), FilterType::Triangle)
    };
    let webp = {
        let (sender, made) = std::sync::mpsc::channel();
        let done = imgc_pictures::derive(png(picture).into(), move |one| {
            let _ = sender.send(one.bytes);
        });
        done.await.unwrap();
        made.recv().unwrap().to_vec()
    };
    vec![
        ("half", png(&sized(0.5))),
        ("larger", png(&sized(1.4))),
        ("JPEG 80", jpeg(picture, 80)),
        ("JPEG 40", jpeg(picture, 40)),
        ("WebP, smaller", webp),
        ("3 % off each edge", jpeg(&cut(picture, [0.03; 4]), 80)),
        ("5 % off each edge", jpeg(&cut(picture, [0.05; 4]), 80)),
        (
            "10 % off the right",
            jpeg(&cut(picture, [0.0, 0.0, 0.1, 0.0]), 80),
        ),
        (
            "10 % off left and top",
            jpeg(&cut(picture, [0.1, 0.1, 0.0, 0.0]), 80),
        ),
        (
            "7 % off the bottom",
            jpeg(&cut(picture, [0.0, 0.0, 0.0, 0.07]), 80),
        ),
        (
            "7 % off the left, 2 % off the top",
            jpeg(&cut(picture, [0.07, 0.02, 0.0, 0.0]), 80),
        ),
        ("mirrored", jpeg(&picture.fliph(), 80)),
        (
            "mirrored, 5 % off",
            jpeg(&cut(&picture.fliph(), [0.05; 4]), 80),
        ),
    ]
}

const SCENES: [&str; 15] = [
    "a lighthouse on a cliff at dawn, calm sea",
    "a neon city at night, rain",
    "a fox in the first snow, mountains",
    "a whale above a reef, shafts of light",
    "a ringed planet and two moons, nebula",
    "a windmill in a tulip field, spring morning, oil painting",
    "dunes at sunset, a lone traveller",
    "a castle by a mountain lake, autumn, paper cut-out",
    "a hot-air balloon over lavender fields",
    "a village in winter, smoke from the chimneys, woodcut",
    "an island with palms, noon, vintage travel poster",
    "a forest in the mist, a deer, watercolour",
    "abstract shapes, violet and teal",
    "a river with paper lanterns at night",
    "a cat on a roof under a full moon, pixel art",
];

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_found_and_other_pictures_are_let_go() {
    let pictures: Vec<(u64, &str)> = (1..=4)
        .flat_map(|seed| SCENES.map(|scene| (seed, scene)))
        .collect();
    let (mut removed, mut whole) = (Vec::new(), Vec::new());
    let mut found: Vec<(&str, usize, Vec<u32>)> = Vec::new();
    for (seed, prompt) in &pictures {
        let (seed, prompt) = (*seed, prompt.to_string());
        let painted = tokio::task::spawn_blocking(move || {
            paint(&Painting {
                prompt: &prompt,
                width: 480,
                height: 320,
                seed,
                transparent: false,
                detail: 1.0,
                quality: 0.5,
                painted_pixels: 400_000,
            })
        });
        let picture = DynamicImage::ImageRgba8(painted.await.unwrap());
        let told = imgc_pictures::fingerprint(png(&picture).into()).await;
        let told = told.unwrap().looks;
        for (index, (name, bytes)) in variants(&picture).await.into_iter().enumerate() {
            let looks = imgc_pictures::looks(bytes.into()).await.unwrap().unwrap();
            let distance = looks.nearest(&told).unwrap();
            if found.len() == index {
                found.push((name, 0, Vec::new()));
            }
            found[index].1 += usize::from(distance <= SIMILAR);
            found[index].2.push(distance);
        }
        whole.push(told[0]);
        removed.push(told);
    }
    let (mut all, mut copies) = (0, 0);
    for (name, number, mut distances) in found {
        distances.sort_unstable();
        let (median, worst) = (
            distances[distances.len() / 2],
            distances[distances.len() - 1],
        );
        println!(
            "{name}: {number} of {} found (median {median}, worst {worst})",
            pictures.len()
        );
        assert!(number * 100 >= pictures.len() * 90, "{name}: {number}");
        all += number;
        copies += pictures.len();
    }
    println!("copies: {all} of {copies} found");
    assert!(all * 100 >= copies * 97, "{all} of {copies}");
    // Each picture against every other one.
    let (mut alike, mut pairs, mut nearest) = (0, 0, Vec::new());
    for (one, looks) in whole.iter().enumerate() {
        for (other, told) in removed.iter().enumerate() {
            if one != other {
                let distance = looks.nearest(told).unwrap();
                alike += usize::from(distance <= SIMILAR);
                pairs += 1;
                nearest.push(distance);
            }
        }
    }
    nearest.sort_unstable();
    println!(
        "others: {alike} of {pairs} pairs alike; nearest {:?}, median {}",
        &nearest[..12],
        nearest[nearest.len() / 2]
    );
    assert!(alike * 1000 <= pairs * 5, "{alike} of {pairs}");
}

/// Runs a statement of one or two texts.
async fn set(server: &Server, sql: &'static str, texts: &[&str]) {
    let statement = texts
        .iter()
        .fold(Statement::new(sql), |statement, text| statement.bind(*text));
    server.state.db.write(statement).await.unwrap();
}

/// Waits until what a picture looks like is told.
async fn until_told(server: &Server) {
    let untold = "SELECT COUNT(*) AS n FROM images WHERE pixels_sum IS NULL";
    let begun = Instant::now();
    while count(server, untold).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "renditions were never made");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn upload(browser: &mut Browser, bytes: Vec<u8>) {
    let form = multipart::Form::new()
        .text("lang", "en")
        .part("files[]", multipart::Part::bytes(bytes).file_name("a.png"));
    let request = browser.request(Method::POST, "/uploads").multipart(form);
    browser.send(request).await;
}

const UPLOADS: &str = "SELECT COUNT(*) AS n FROM uploads";
const CASES: &str = "SELECT COUNT(*) AS n FROM cases";

#[tokio::test(flavor = "multi_thread")]
async fn the_same_picture_is_neither_published_nor_uploaded_again() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let copy = sam.picture("a castle in the mountains").await;
    until_told(&server).await;
    let (_, original) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    report(&server, &id, "fraud").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut noe = server.signed_in("Noé Laurent").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;

    // The very file, and another file of the same pixels.
    upload(&mut sam, original.clone()).await;
    let pixels = image::load_from_memory(&original).unwrap();
    let again = png(&DynamicImage::ImageRgb8(pixels.to_rgb8()));
    assert_ne!(again, original);
    upload(&mut sam, again).await;
    let edited = crate::edit::send(&mut ada, &id, &[], None).await;
    assert!(
        edited.refusal().contains("suspended"),
        "{}",
        edited.location()
    );
    assert_eq!(count(&server, UPLOADS).await, 0);
    // One that only looks alike is somebody's to work with.
    upload(&mut sam, jpeg(&pixels, 60)).await;
    assert_eq!(count(&server, UPLOADS).await, 1);

    let before =
        "UPDATE images SET sha256 = (SELECT sha256 FROM images WHERE id = ?2) WHERE id = ?1";
    let theirs = "UPDATE images SET sha256 = 'none', looks = '',
        pixels_sum = (SELECT pixels_sum FROM images WHERE id = ?2) WHERE id = ?1";
    for same in [before, theirs] {
        set(&server, same, &[&copy, &id]).await;
        let refused = sam.post("/api/publish", &[("id", &copy), LANG]).await;
        assert!(refused.refusal().contains("suspended"), "{same}");
        let page = sam.get(&format!("/i/{copy}")).await.text;
        assert!(page.contains("is the same as one that"), "{same}");
    }
    assert_eq!(count(&server, CASES).await, 1, "nobody has to look");
    // When the decision is taken back, so is this.
    taken_back(&mut ada, &number, &mut noe).await;
    let removed = "SELECT COUNT(*) AS n FROM removed_pictures";
    assert_eq!(count(&server, removed).await, 0);
    sam.post("/api/publish", &[("id", &copy), LANG]).await;
    let mut stranger = server.browser();
    assert_eq!(stranger.get(&format!("/i/{copy}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_like_a_removed_picture_waits_until_somebody_has_looked() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let other = sam.picture("abstract shapes, violet and teal").await;
    until_told(&server).await;
    let (_, original) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    let original = image::load_from_memory(&original).unwrap();
    report(&server, &id, "hate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut noe = server.signed_in("Noé Laurent").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;

    // What does not look like it is published as ever.
    sam.post("/api/publish", &[("id", &other), LANG]).await;
    let mut stranger = server.browser();
    assert_eq!(stranger.get(&format!("/i/{other}")).await.status, 200);
    sam.post("/api/unpublish", &[("id", &other), LANG]).await;

    // Its renditions are of the removed one, cut and encoded anew, and nothing was told
    // of it when it was made.
    let small = original.thumbnail(320, 320);
    let disguised = jpeg(&cut(&small.fliph(), [0.1, 0.0, 0.0, 0.0]), 60);
    let key = ObjectKey::Rendition {
        image: &other,
        width: 320,
    };
    server
        .state
        .objects
        .put(key, disguised.into())
        .await
        .unwrap();
    set(
        &server,
        "UPDATE images SET looks = NULL WHERE id = ?1",
        &[&other],
    )
    .await;
    let refused = sam.post("/api/publish", &[("id", &other), LANG]).await;
    assert!(
        refused.refusal().contains("suspended"),
        "{}",
        refused.location()
    );
    assert_eq!(stranger.get(&format!("/i/{other}")).await.status, 404);
    let page = sam.get(&format!("/i/{other}")).await.text;
    assert!(page.contains("until a person has looked at it"), "{page}");
    // Asking again makes no second case.
    sam.post("/api/publish", &[("id", &other), LANG]).await;
    let page = mina.get("/admin").await.text;
    assert!(page.contains("Resembles a removed picture"), "{page}");
    let number = case(&mut mina).await;
    let page = mina.get(&format!("/admin/cases/{number}")).await.text;
    assert!(page.contains("A comparison found it"), "{page}");
    let picture = format!("/admin/cases/{number}/picture");
    assert_eq!(mina.get_bytes(&picture).await.0, 200);
    decide(&mut mina, &number, "kept", "none").await;
    sam.post("/api/publish", &[("id", &other), LANG]).await;
    assert_eq!(
        stranger.get(&format!("/i/{other}")).await.status,
        200,
        "freed"
    );

    // Another one is withdrawn: its owner reads that a machine took part.
    let third = sam.picture("a ringed planet and two moons").await;
    until_told(&server).await;
    let alike = "UPDATE images SET looks = (SELECT looks FROM images WHERE id = ?2) WHERE id = ?1";
    set(&server, alike, &[&third, &id]).await;
    sam.post("/api/publish", &[("id", &third), LANG]).await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    let refused = sam.post("/api/publish", &[("id", &third), LANG]).await;
    assert!(refused.refusal().contains("suspended"));
    for (address, words) in [
        ("/decisions", "A comparison with removed pictures found it"),
        ("/fr/decisions", "Une comparaison automatique"),
    ] {
        assert!(sam.get(address).await.text.contains(words), "{address}");
    }
    let export = sam.post("/account/export", &[LANG]).await;
    assert_eq!(export.status, 200);
    // An appeal gives back what was: private, and free to be published.
    taken_back(&mut sam, &number, &mut noe).await;
    assert_eq!(stranger.get(&format!("/i/{third}")).await.status, 404);
    sam.post("/api/publish", &[("id", &third), LANG]).await;
    assert_eq!(stranger.get(&format!("/i/{third}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_copies_of_an_intimate_picture_go_with_it_whosever_they_are() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, file) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let copy = sam.picture("a castle in the mountains").await;
    sam.post("/api/publish", &[("id", &copy), LANG]).await;
    let other = sam.picture("dunes at sunset").await;
    sam.post("/api/publish", &[("id", &other), LANG]).await;
    until_told(&server).await;
    let same = "UPDATE images SET pixels_sum = (SELECT pixels_sum FROM images WHERE id = ?2) WHERE id = ?1";
    set(&server, same, &[&copy, &id]).await;
    report(&server, &id, "intimate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut noe = server.signed_in("Noé Laurent").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "strike").await;
    let mut stranger = server.browser();
    for gone in [&id, &copy] {
        assert_eq!(stranger.get(&format!("/i/{gone}")).await.status, 404);
    }
    assert_eq!(stranger.get(&format!("/i/{other}")).await.status, 200);
    // A decision of its own, with reasons, and no strike.
    let page = sam.get("/decisions").await.text;
    for words in [
        "cannot be published",
        "A comparison with removed",
        "Criminal Code",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("counts as a strike"));
    let strikes = "SELECT COUNT(*) AS n FROM cases WHERE strike = 1";
    assert_eq!(count(&server, strikes).await, 1);
    let acts = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'case decided'";
    assert_eq!(count(&server, acts).await, 2);
    let refused = sam.post("/api/publish", &[("id", &copy), LANG]).await;
    assert!(refused.refusal().contains("suspended"));
    // With the decision it rests on, it is taken back as well.
    taken_back(&mut ada, &number, &mut noe).await;
    for back in [&id, &copy] {
        assert_eq!(stranger.get(&format!("/i/{back}")).await.status, 200);
    }
    assert_eq!(stranger.get(&file).await.status, 200);
}

const TO_SEARCH: &str = "SELECT COUNT(*) AS n FROM removed_pictures WHERE copies_due = 1";

/// Gives a picture the pixels of another, as their rows say it.
async fn make_same(server: &Server, image: &str, as_other: &str) {
    let same = "UPDATE images SET pixels_sum = (SELECT pixels_sum FROM images WHERE id = ?2) WHERE id = ?1";
    set(server, same, &[image, as_other]).await;
}

/// Takes a picture down with its copies, and stops before the copies are looked for.
async fn decide_and_stop(server: &Server, case: &str) {
    let decision = Decision {
        picture: PictureMeasure::Withdrawn,
        account: "none",
        strike: false,
        until_ms: None,
        ground: Ground::Law,
        rule: "Criminal Code",
        facts: "She did not agree.",
        traces: Traces::default(),
    };
    let act = Act {
        at_ms: server.state.clock.now_ms(),
        admin: "an administrator".to_owned(),
        subject: String::new(),
        act: "case decided".to_owned(),
        reason: String::new(),
    };
    let (db, mails) = (&server.state.db, Vec::new());
    let decided = case_acts::decide(db, case, "the act", &act, &decision, mails).await;
    assert_eq!(decided, Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_between_the_decision_and_the_copies_leaves_none_public() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let copy = sam.picture("a castle in the mountains").await;
    let later = sam.picture("dunes at sunset").await;
    for one in [&copy, &later] {
        sam.post("/api/publish", &[("id", one), LANG]).await;
    }
    until_told(&server).await;
    make_same(&server, &copy, &id).await;
    report(&server, &id, "intimate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide_and_stop(&server, &number).await;
    let mut stranger = server.browser();
    housekeeping::round(&server.state).await;
    assert_eq!(stranger.get(&format!("/i/{copy}")).await.status, 404);
    assert_eq!(stranger.get(&format!("/i/{later}")).await.status, 200);
    assert_eq!(
        count(&server, TO_SEARCH).await,
        0,
        "nobody searches on and on"
    );
    let page = sam.get("/decisions").await.text;
    assert!(page.contains("She did not agree.") && page.contains("A comparison with removed"));
    // What is told only now of a public picture is found as well, and counted once.
    make_same(&server, &later, &id).await;
    for _ in 0..2 {
        housekeeping::round(&server.state).await;
    }
    assert_eq!(stranger.get(&format!("/i/{later}")).await.status, 404);
    let machine = "SELECT count AS n FROM notice_sums WHERE kind = 'machine' AND word = 'copy'";
    assert_eq!(count(&server, machine).await, 2);
    let acts = "SELECT COUNT(*) AS n FROM admin_acts WHERE reason = 'a copy withdrawn'";
    assert_eq!(count(&server, acts).await, 2);
    // An appeal takes all of it back, and what is free is not withdrawn anew.
    taken_back(&mut ada, &number, &mut mina).await;
    housekeeping::round(&server.state).await;
    for back in [&id, &copy, &later] {
        assert_eq!(stranger.get(&format!("/i/{back}")).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_whose_decision_went_with_its_account_are_left_to_a_person() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let copy = sam.picture("a castle in the mountains").await;
    sam.post("/api/publish", &[("id", &copy), LANG]).await;
    until_told(&server).await;
    make_same(&server, &copy, &id).await;
    report(&server, &id, "intimate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide_and_stop(&server, &number).await;
    let receipt = rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    for _ in 0..2 {
        housekeeping::round(&server.state).await;
    }
    assert_eq!(count(&server, TO_SEARCH).await, 0);
    let number = case(&mut mina).await;
    let page = mina.get(&format!("/admin/cases/{number}")).await.text;
    assert!(
        page.contains("A comparison found it") && page.contains("Sam Rivera"),
        "{page}"
    );
    decide(&mut mina, &number, "withdrawn", "none").await;
    assert_eq!(stranger.get(&format!("/i/{copy}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_earlier_pictures_is_told_what_they_look_like_and_copies_are_found() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (copy, broken) = (sam.picture("a castle").await, sam.picture("dunes").await);
    sam.post("/api/publish", &[("id", &copy), LANG]).await;
    until_told(&server).await;
    let said = "SELECT pixels_sum AS said FROM images WHERE id = ?1";
    let said = |id: String| {
        let statement = Statement::new(said).bind(id);
        async {
            server.state.db.fetch_all(statement).await.unwrap()[0]
                .text("said")
                .unwrap()
        }
    };
    let before = said(id.clone()).await;
    report(&server, &id, "intimate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    // As they were before this release: one is the same picture in another file, and one
    // cannot be decoded.
    let (_, original) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    let pixels = image::load_from_memory(&original).unwrap();
    let again = png(&DynamicImage::ImageRgb8(pixels.to_rgb8()));
    for (image, bytes) in [(&copy, again), (&broken, b"\x89PNG no more".to_vec())] {
        let key = ObjectKey::Original {
            image,
            format: "png",
        };
        server.state.objects.put(key, bytes.into()).await.unwrap();
    }
    let untold = "UPDATE images SET pixels_sum = NULL, looks = NULL";
    set(&server, untold, &[]).await;
    let mut stranger = server.browser();
    housekeeping::round(&server.state).await;
    let left = "SELECT COUNT(*) AS n FROM images WHERE pixels_sum IS NULL";
    assert_eq!(count(&server, left).await, 0, "also of what tells nothing");
    assert_eq!(said(id.clone()).await, before);
    assert_eq!(said(broken.clone()).await, "");
    let told = "SELECT COUNT(*) AS n FROM images WHERE length(looks) = 64";
    assert_eq!(count(&server, told).await, 2);
    housekeeping::round(&server.state).await;
    assert_eq!(stranger.get(&format!("/i/{copy}")).await.status, 404);
    // What tells nothing is like nothing else that does.
    sam.post("/api/publish", &[("id", &broken), LANG]).await;
    assert_eq!(stranger.get(&format!("/i/{broken}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_and_shown_again_is_compared_as_well() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (hidden, trashed) = (sam.picture("a castle").await, sam.picture("dunes").await);
    let mut changes = Vec::new();
    for (image, act) in [(&hidden, "unpublish"), (&trashed, "trash")] {
        sam.post("/api/publish", &[("id", image), LANG]).await;
        let fields = [("ids[]", image.as_str()), ("action", act), LANG];
        let done = sam.post("/api/change", &fields).await;
        let done = done.location().split("done=").nth(1).unwrap().to_owned();
        changes.push(done.split('&').next().unwrap().to_owned());
    }
    until_told(&server).await;
    report(&server, &id, "hate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    let alike = "UPDATE images SET looks = (SELECT looks FROM images WHERE id = ?1) WHERE id <> ?1";
    set(&server, alike, &[&id]).await;
    for change in &changes {
        sam.post("/api/undo", &[("id", change), LANG]).await;
    }
    let mut stranger = server.browser();
    for image in [&hidden, &trashed] {
        assert_eq!(stranger.get(&format!("/i/{image}")).await.status, 404);
        let page = sam.get(&format!("/i/{image}")).await.text;
        assert!(page.contains("until a person has looked at it"), "{page}");
    }
    let back = "SELECT COUNT(*) AS n FROM images WHERE trashed_at IS NOT NULL";
    assert_eq!(count(&server, back).await, 0, "it is out of the trash");
    let waiting = "SELECT COUNT(*) AS n FROM cases WHERE automatic = 1 AND decided_at IS NULL";
    assert_eq!(count(&server, waiting).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_removes_another_compares_with_at_once() {
    let server = Server::start(&[ADMINS]).await;
    let other = AppState::open(server.state.config.clone()).await.unwrap();
    let known = async |state: &AppState| {
        let version = removed::version(&state.db).await.unwrap();
        recognise::removed(state, version).await.unwrap()
    };
    assert!(known(&other).await.is_empty() && known(&server.state).await.is_empty());
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    until_told(&server).await;
    let (_, original) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    let looks = imgc_pictures::looks(original.into())
        .await
        .unwrap()
        .unwrap();
    report(&server, &id, "hate").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut noe = server.signed_in("Noé Laurent").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    for state in [&server.state, &other] {
        assert!(known(state).await.has(looks, 0));
    }
    taken_back(&mut ada, &number, &mut noe).await;
    for state in [&server.state, &other] {
        assert!(known(state).await.is_empty());
    }
    other.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_account_hashes_stay_for_a_year_and_say_nothing_of_anybody() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    let (_, original) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    report(&server, &id, "fraud").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    let receipt = rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    let left = "SELECT COUNT(*) AS n FROM removed_pictures WHERE case_id IS NULL AND looks <> ''";
    assert_eq!(count(&server, left).await, 1);
    let mut sam = server.signed_in("Sam Rivera").await;
    upload(&mut sam, original).await;
    assert_eq!(count(&server, UPLOADS).await, 0);
    server.state.clock.advance_ms(REMOVED_MS - DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, left).await, 1);
    server.state.clock.advance_ms(2 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, left).await, 0);
}
