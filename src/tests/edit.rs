//! Editing a picture: what is asked, what is kept outside of a mark, what a crash leaves,
//! and everything that is refused.

use crate::{
    crash::{Outside, kill},
    harness::{Browser, PATIENCE, Page, Server, new_key, on_d1},
    references::samples,
};
use image::{Rgba, RgbaImage};
use reqwest::{Method, multipart};
use std::time::{Duration, Instant};

type Fields<'a> = &'a [(&'a str, &'a str)];

/// The upper left quarter, in percent.
const QUARTER: Fields<'static> = &[
    ("left", "0"),
    ("top", "0"),
    ("width", "50"),
    ("height", "50"),
];

/// Sends the edit's form, as a browser without a script does, or with a painted mask.
pub async fn send(
    browser: &mut Browser,
    image: &str,
    fields: Fields<'_>,
    mask: Option<&[u8]>,
) -> Page {
    let mut all = vec![
        ("image", image.to_owned()),
        ("lang", "en".to_owned()),
        ("words", "a red scarf".to_owned()),
        ("request_key", new_key()),
    ];
    for (name, value) in fields {
        all.retain(|(known, _)| known != name);
        all.push((name, (*value).to_owned()));
    }
    let mut form = multipart::Form::new();
    for (name, value) in all {
        form = form.text(name.to_owned(), value);
    }
    let (bytes, file) = match mask {
        Some(bytes) => (bytes.to_vec(), "mask.png"),
        None => (Vec::new(), ""),
    };
    let part = multipart::Part::bytes(bytes).file_name(file);
    let form = form.part("mask_file", part);
    let request = browser.request(Method::POST, "/edits").multipart(form);
    let client = imgc::server::tls::client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let response = client.execute(request.build().unwrap()).await.unwrap();
    Page {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// The job that an accepted form leads to.
fn job(page: &Page) -> String {
    let (_, id) = page
        .location()
        .split_once("?job=")
        .unwrap_or_else(|| panic!("no job: {} {} {}", page.status, page.location(), page.text));
    id.to_owned()
}

/// A picture of a format, and everything of it there.
async fn source(browser: &mut Browser, format: &str) -> String {
    let page = browser
        .submit("a lighthouse", &new_key(), &[("draft[format]", format)])
        .await;
    let id = crate::harness::job_id(&page);
    shown(browser, &id).await
}

/// Waits until a job's picture has its renditions, and gives its id.
async fn shown(browser: &mut Browser, id: &str) -> String {
    let job = browser.prepared(id).await;
    job["images"][0]["id"].as_str().unwrap().to_owned()
}

async fn file(browser: &mut Browser, image: &str, name: &str) -> Vec<u8> {
    let (status, bytes) = browser.get_bytes(&format!("/files/{image}/{name}")).await;
    assert_eq!(status, 200, "{name}");
    bytes
}

fn read(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory(bytes).unwrap().into_rgba8()
}

/// How many pixels differ, among those for which `within` holds.
fn differing(one: &RgbaImage, other: &RgbaImage, within: impl Fn(u32, u32) -> bool) -> usize {
    assert_eq!(one.dimensions(), other.dimensions());
    let differ = |x: u32, y: u32, pixel: &Rgba<u8>| within(x, y) && pixel != other.get_pixel(x, y);
    one.enumerate_pixels()
        .filter(|(x, y, pixel)| differ(*x, *y, pixel))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_keeps_every_pixel_outside_of_the_mark_and_both_files() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "jpeg").await;
    let before = read(&file(&mut ada, &first, "original.jpeg").await);
    let fields = [QUARTER, &[("keep", "on"), ("shape", "rectangle")]].concat();
    let page = send(&mut ada, &first, &fields, None).await;
    let edited = shown(&mut ada, &job(&page)).await;
    let composite = file(&mut ada, &edited, "original.png").await;
    let (width, height) = before.dimensions();
    let outside = |x: u32, y: u32| x >= width / 2 || y >= height / 2;
    let after = read(&composite);
    assert_eq!(differing(&before, &after, outside), 0);
    let inside = differing(&before, &after, |x, y| !outside(x, y));
    assert!(inside > (width * height / 8) as usize, "{inside}");
    // What the API sent is a JPEG, in which the rest did change, and is there as it came.
    let answer = file(&mut ada, &edited, "answer.jpeg").await;
    assert!(differing(&before, &read(&answer), outside) > 0);
    let objects = server.objects().await;
    let kept = [
        format!("originals/{edited}.jpeg"),
        format!("composites/{edited}.png"),
    ];
    assert!(kept.iter().all(|key| objects.contains(key)), "{objects:?}");
    // It is marked as what it is, claims no credentials, and so do its smaller copies.
    let says = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).contains("compositeWithTrainedAlgorithmicMedia")
    };
    assert!(says(&composite) && says(&file(&mut ada, &edited, "320.webp").await));
    assert!(!imgc_pictures::credentials::present(&composite));
    // The page shows both, and the line of edits with its price.
    let page = ada.get(&format!("/edit/{edited}")).await.text;
    assert!(page.contains(&format!("/files/{edited}/answer.jpeg")));
    assert!(page.contains("everything outside the mark is as it was"));
    assert!(page.contains(&format!("href=\"/edit/{first}\"")) && page.contains("Where it began"));
    // Nobody else is given the answer, even once the picture is public.
    ada.post("/api/publish", &[("id", &edited), ("lang", "en")])
        .await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let theirs = sam.get_bytes(&format!("/files/{edited}/answer.jpeg")).await;
    assert_eq!(theirs.0, 404);
    let shown = sam.get(&format!("/i/{edited}")).await.text;
    assert!(!shown.contains("answer.jpeg") && shown.contains("original.png"));
    // Search engines are told what the file says.
    assert!(shown.contains("digitalsourcetype/compositeWithTrainedAlgorithmicMedia"));
    let media = shown.split("/media/").nth(1).unwrap();
    let slug = media.split('/').next().unwrap();
    let public = sam.get_bytes(&format!("/media/{slug}/answer.jpeg")).await;
    assert_eq!(public.0, 404);
    assert_eq!(
        sam.get_bytes(&format!("/media/{slug}/original.png"))
            .await
            .1,
        composite
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_files_are_known_to_archives_orphans_deletion_and_erasure() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "jpeg").await;
    let fields = [QUARTER, &[("keep", "on")]].concat();
    let page = send(&mut ada, &first, &fields, None).await;
    let edited = shown(&mut ada, &job(&page)).await;
    let zip = ada.get_bytes("/library/zip").await.1;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    let is_answer = |name: &&String| name.ends_with("-answer.jpeg");
    let answer = names.iter().find(is_answer).expect("the answer").clone();
    let beside = answer.replace("-answer.jpeg", ".png");
    assert!(names.contains(&beside), "{names:?}");
    let mut bytes = Vec::new();
    std::io::copy(&mut zip.by_name(&answer).unwrap(), &mut bytes).unwrap();
    assert_eq!(bytes, file(&mut ada, &edited, "answer.jpeg").await);
    // The daily comparison knows both, whichever of them is missing.
    let missing = || imgc::housekeeping::orphans::missing(&server.state);
    assert_eq!(missing().await.unwrap(), Vec::<String>::new());
    let keys = [
        format!("originals/{edited}.jpeg"),
        format!("composites/{edited}.png"),
    ];
    for key in &keys {
        let bytes = server.state.objects.get_at(key).await.unwrap();
        server.state.objects.delete(key).await.unwrap();
        assert_eq!(missing().await.unwrap(), vec![edited.clone()], "{key}");
        server.state.objects.put_at(key, bytes).await.unwrap();
    }
    // Deleted for good, neither is left.
    let trash = [
        ("ids[]", edited.as_str()),
        ("action", "trash"),
        ("lang", "en"),
    ];
    ada.post("/api/change", &trash).await;
    let page = ada.get(&format!("/edit/{edited}")).await.text;
    assert!(page.contains("in the trash") && !page.contains("class=\"edit-form\""));
    ada.post("/api/delete", &[("id", &edited), ("lang", "en")])
        .await;
    imgc::server::outbox::delete_objects(&server.state).await;
    let left = server.objects().await;
    let left: Vec<&String> = left.iter().filter(|key| key.contains(&edited)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_of_an_erased_account_leaves_neither_file() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let theirs = sam.picture("a boat").await;
    let first = source(&mut ada, "jpeg").await;
    let fields = [QUARTER, &[("keep", "on")]].concat();
    let page = send(&mut ada, &first, &fields, None).await;
    let edited = shown(&mut ada, &job(&page)).await;
    // A group of hers goes, too.
    let three = [("draft[count]", "3")];
    let group = ada
        .submit("boats", &crate::harness::new_key(), &three)
        .await;
    let group = crate::harness::job_id(&group);
    ada.until(&group, &["ready"]).await;
    let objects = server.objects().await;
    assert!(objects.contains(&format!("composites/{edited}.png")));
    let receipt = crate::rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    crate::rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    let left = server.objects().await;
    let others = |key: &&String| !key.contains(&theirs) && !key.contains("avatars");
    let left: Vec<&String> = left.iter().filter(others).collect();
    assert!(left.is_empty(), "{left:?}");
    let rows = "SELECT (SELECT COUNT(*) FROM jobs) * 100 + (SELECT COUNT(*) FROM images) AS n";
    let rows = imgc::store::Statement::new(rows);
    let rows = server.state.db.fetch_optional(rows).await.unwrap();
    assert_eq!(rows.unwrap().int("n").unwrap(), 101, "Sam's alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_by_a_painted_mask_of_one_pixel_of_all_and_of_nothing() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "png").await;
    let before = read(&file(&mut ada, &first, "original.png").await);
    let (width, height) = before.dimensions();
    let keep = [("keep", "on")];
    let one = samples::marking(width, height, |x, y| (x, y) == (300, 200));
    let page = send(&mut ada, &first, &keep, Some(&one)).await;
    let edited = shown(&mut ada, &job(&page)).await;
    let after = read(&file(&mut ada, &edited, "original.png").await);
    assert_eq!(differing(&before, &after, |x, y| (x, y) != (300, 200)), 0);
    // Where all of it may change, the answer itself is the picture.
    let all = samples::marking(width, height, |_, _| true);
    let page = send(&mut ada, &first, &keep, Some(&all)).await;
    let edited = shown(&mut ada, &job(&page)).await;
    let objects = server.objects().await;
    assert!(!objects.contains(&format!("composites/{edited}.png")));
    let page = ada.get(&format!("/edit/{edited}")).await.text;
    assert!(!page.contains("edit-composite"), "nothing was put together");
    // What marks nothing is refused, and leaves no copy of the picture behind.
    let uploads = uploads(&server).await;
    let none = samples::covered(width, height);
    let page = send(&mut ada, &first, &keep, Some(&none)).await;
    assert!(page.refusal().contains("mask_empty"), "{}", page.location());
    let small = samples::left_half(width / 2, height);
    let page = send(&mut ada, &first, &keep, Some(&small)).await;
    assert!(page.refusal().contains("mask_size"), "{}", page.location());
    assert_eq!(self::uploads(&server).await, uploads);
}

/// How many reference pictures and masks there are.
async fn uploads(server: &Server) -> usize {
    imgc::server::outbox::delete_objects(&server.state).await;
    let objects = server.objects().await;
    objects
        .iter()
        .filter(|key| key.starts_with("uploads/"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_refused_keeps_its_words_and_nothing_else() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "png").await;
    let looked = ada.get(&format!("/edit/{first}")).await;
    assert_eq!(looked.status, 200);
    assert!(looked.text.contains("What should change?"));
    assert_eq!(uploads(&server).await, 0, "looking keeps nothing");
    let odd = [
        ("left", "90"),
        ("top", "0"),
        ("width", "0"),
        ("height", "5"),
    ];
    let page = send(&mut ada, &first, &odd, None).await;
    assert!(page.refusal().contains("mask_empty"), "{}", page.location());
    let again = ada.get(page.location()).await.text;
    assert!(again.contains("a red scarf") && again.contains("value=\"90\""));
    for bad in ["x", "-3", "101", "NaN", "inf"] {
        let fields = [QUARTER, &[("left", bad)]].concat();
        let page = send(&mut ada, &first, &fields, None).await;
        assert!(page.refusal().contains("malformed"), "{bad}");
    }
    let page = send(&mut ada, &first, &[("words", " \u{200b} ")], None).await;
    assert!(
        page.refusal().contains("empty_prompt"),
        "{}",
        page.location()
    );
    let page = send(&mut ada, &first, &[("request_key", "one")], None).await;
    assert!(page.refusal().contains("malformed"));
    assert_eq!(uploads(&server).await, 0, "what is refused keeps nothing");
    // Somebody else's picture is not there, on the page and in the form.
    let mut sam = server.signed_in("Sam Rivera").await;
    assert_eq!(sam.get(&format!("/edit/{first}")).await.status, 404);
    let page = send(&mut sam, &first, &[("age", "on")], None).await;
    assert!(page.refusal().contains("not_found"), "{}", page.location());
    // Sent twice it is one job and one copy of the picture; with other words, another.
    let key = new_key();
    let fields = [("request_key", key.as_str())];
    let id = job(&send(&mut ada, &first, &fields, None).await);
    assert_eq!(job(&send(&mut ada, &first, &fields, None).await), id);
    let others = [fields[0], ("words", "a blue scarf")];
    assert_ne!(job(&send(&mut ada, &first, &others, None).await), id);
    // A reference and its small copy, for each of the two.
    assert_eq!(uploads(&server).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_words_outlive_the_session() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "png").await;
    ada.cookies.clear();
    let page = send(&mut ada, &first, &[("words", "a green scarf")], None).await;
    let location = page.location().to_owned();
    assert!(
        location.starts_with("/sign-in?next=%2Fedit%2F"),
        "{location}"
    );
    assert!(!location.contains("green"), "no words in an address");
    let next = location.split_once("next=").unwrap().1;
    let next: String = url::form_urlencoded::parse(format!("n={next}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    ada.sign_in("Ada Martin").await;
    let page = ada.get(&next).await;
    assert!(page.text.contains("a green scarf"), "{}", page.status);
    // Nobody else's page has them without the key.
    let mut sam = server.signed_in("Sam Rivera").await;
    ada.post("/api/publish", &[("id", &first), ("lang", "en")])
        .await;
    let theirs = sam.get(&format!("/edit/{first}")).await;
    assert!(theirs.status == 200 && !theirs.text.contains("a green scarf"));
    // A stranger signs in first, and comes back here.
    let mut stranger = server.browser();
    let page = stranger.get(&format!("/fr/edit/{first}")).await;
    assert_eq!(
        page.location(),
        format!("/fr/sign-in?next=/fr/edit/{first}")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_killed_before_its_composite_is_put_together_afterwards() {
    // What another node takes up on a shared database is tried with the cluster's tests.
    if on_d1() {
        return;
    }
    for point in ["job-ready", "composite-kept"] {
        let folder = tempfile::tempdir().unwrap();
        let outside = Outside::start(folder.path()).await;
        let mut child = outside.server(folder.path(), None).await;
        let mut ada = Browser::new(&format!("http://{}", outside.site));
        ada.sign_in("Ada Martin").await;
        let first = source(&mut ada, "jpeg").await;
        let before = read(&file(&mut ada, &first, "original.jpeg").await);
        kill(&mut child);
        let mut child = outside.server(folder.path(), Some(point)).await;
        let fields = [QUARTER, &[("keep", "on")]].concat();
        let id = job(&send(&mut ada, &first, &fields, None).await);
        ada.until(&id, &["ready", "failed", "unknown"]).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        kill(&mut child);

        let mut child = outside.server(folder.path(), None).await;
        let edited = shown(&mut ada, &id).await;
        let after = read(&file(&mut ada, &edited, "original.png").await);
        let (width, height) = before.dimensions();
        let outside_of = |x: u32, y: u32| x >= width / 2 || y >= height / 2;
        assert_eq!(differing(&before, &after, outside_of), 0, "{point}");
        assert!(
            differing(&before, &after, |x, y| !outside_of(x, y)) > 0,
            "{point}"
        );
        // The answer is there as it came, and was asked for once.
        assert!(!file(&mut ada, &edited, "answer.jpeg").await.is_empty());
        kill(&mut child);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_without_its_source_is_the_answer_and_says_so() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let first = source(&mut ada, "png").await;
    let fields = [
        QUARTER,
        &[("keep", "on"), ("words", "slowly [demo:slow=2]")],
    ]
    .concat();
    let id = job(&send(&mut ada, &first, &fields, None).await);
    // The object store loses the mask while the model paints.
    let began = Instant::now();
    while ada.job(&id).await["state"] != "dispatching" {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for key in server.objects().await {
        if key.starts_with("uploads/") {
            server.state.objects.delete(&key).await.unwrap();
        }
    }
    let edited = shown(&mut ada, &id).await;
    let page = ada.get(&format!("/edit/{edited}")).await.text;
    assert!(page.contains("could not be put together"), "it says so");
    assert!(!page.contains("answer.png"), "there is but one file");
}
