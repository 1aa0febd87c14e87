//! Who sees a picture: nobody else, whoever has its address, everybody; sensitive pictures;
//! and what other sites and readers of feeds are given. What is taken back is gone from all
//! of it.

use crate::{
    harness::{Browser, Page, Server},
    library::zip::FormOf,
    measures::taken_back,
    notices::{case, count, decide, notice, published, report},
    rights::close,
};
use imgc::{housekeeping, store::Statement};
use reqwest::Method;

const LANG: (&str, &str) = ("lang", "en");
const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, sam.rivera@example.com",
);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Sends the form of who may see a picture.
async fn show(browser: &mut Browser, id: &str, shown: &str, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("id", id), ("shown", shown), LANG];
    fields.extend_from_slice(more);
    browser.post("/api/visibility", &fields).await
}

/// The key of the unlisted address that its owner reads on the picture's page.
async fn key(owner: &mut Browser, id: &str) -> Option<String> {
    let page = owner.get(&format!("/i/{id}")).await.text;
    let after = page.split("/u/").nth(1)?;
    Some(after.split(['"', '<']).next().unwrap().to_owned())
}

/// An address of a file on a page of others.
fn file_on(page: &str) -> String {
    let at = page.find("/media/").expect("it shows the picture");
    page[at..].split(['"', ' ']).next().unwrap().to_owned()
}

async fn status(browser: &mut Browser, path: &str) -> u16 {
    let request = browser.request(Method::GET, path);
    browser.send(request).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_picture_is_for_whoever_has_its_address_and_in_no_list() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let id = ada.picture("a boat").await;
    assert_eq!(key(&mut ada, &id).await, None);
    let sent = show(&mut ada, &id, "unlisted", &[]).await;
    assert!(sent.location().contains("done="), "{}", sent.location());
    let first = key(&mut ada, &id).await.expect("an address");
    assert!(first.len() >= 22, "128 bits: {first}");
    for reader in [&mut stranger, &mut sam] {
        for prefix in ["", "/fr"] {
            let page = reader.get(&format!("{prefix}/u/{first}")).await;
            assert_eq!(page.status, 200);
            assert!(page.text.contains("a boat"), "its words are shown");
            assert!(page.text.contains("noindex"), "{}", page.text);
            assert!(!page.text.contains("og:image"), "{}", page.text);
            assert_eq!(page.header("x-robots-tag"), "noindex");
            assert!(["no-referrer", "strict-origin"].contains(&page.header("referrer-policy")));
            assert_eq!(page.header("cache-control"), "private, no-store");
            assert!(!page.text.contains(&format!("/i/{id}")), "{}", page.text);
            let file = file_on(&page.text);
            assert!(file.starts_with(&format!("/media/{first}/")), "{file}");
            let file = reader.get(&file).await;
            assert_eq!(file.status, 200);
            assert_eq!(file.header("cross-origin-resource-policy"), "same-origin");
        }
        // Nor by any other way.
        for address in [
            format!("/i/{id}"),
            format!("/embed/{id}"),
            format!("/report/{id}"),
            format!("/media/{first}/card.jpeg"),
            format!("/oembed?url={}/i/{id}", server.base),
            format!("/oembed?url={}/u/{first}", server.base),
        ] {
            assert_eq!(status(reader, &address).await, 404, "{address}");
        }
        for address in ["/", "/gallery", "/gallery.atom", "/fr/gallery.atom"] {
            let text = reader.get(address).await.text;
            assert!(!text.contains(&id) && !text.contains(&first), "{address}");
        }
        let map = reader.sitemap().await;
        assert!(!map.contains(&id) && !map.contains(&first));
    }
    let listed = "SELECT COUNT(*) AS n FROM public_pictures";
    assert_eq!(count(&server, listed).await, 0);
    // Its owner finds it, and sees how it stands.
    let library = ada.get("/library?shown=unlisted").await.text;
    assert!(library.contains(&id) && library.contains("Unlisted"));
    assert!(!ada.get("/library?shown=private").await.text.contains(&id));
    assert!(ada.get("/account").await.text.contains("1 unlisted"));
    // Words that are hidden are hidden here, too.
    ada.post("/api/account_choices", &[LANG]).await;
    let page = stranger.get(&format!("/u/{first}")).await.text;
    assert!(!page.contains("a boat"), "{page}");

    // Made private and unlisted again, it has another address.
    show(&mut ada, &id, "private", &[]).await;
    assert_eq!(status(&mut stranger, &format!("/u/{first}")).await, 404);
    show(&mut ada, &id, "unlisted", &[]).await;
    let second = key(&mut ada, &id).await.expect("an address");
    assert_ne!(first, second);
    assert_eq!(status(&mut stranger, &format!("/u/{first}")).await, 404);
    // Published, the unlisted address ends; taken back, there is another.
    let sent = show(&mut ada, &id, "public", &[]).await;
    assert_eq!(status(&mut stranger, &format!("/u/{second}")).await, 404);
    assert_eq!(status(&mut stranger, &format!("/i/{id}")).await, 200);
    let done = sent.location().split("done=").nth(1).unwrap().to_owned();
    ada.post("/api/undo", &[("id", &done), ("picture", &id), LANG])
        .await;
    assert_eq!(status(&mut stranger, &format!("/i/{id}")).await, 404);
    let third = key(&mut ada, &id).await.expect("unlisted as before");
    assert!(third != second && third != first);
    assert_eq!(status(&mut stranger, &format!("/u/{third}")).await, 200);
    // The trash ends it.
    let fields = [("ids[]", id.as_str()), ("action", "trash"), LANG];
    ada.post("/api/change", &fields).await;
    assert_eq!(status(&mut stranger, &format!("/u/{third}")).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_address_ends_when_its_owner_said_and_answers_like_a_missing_one() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let id = ada.picture("a boat").await;
    show(&mut ada, &id, "unlisted", &[("ends", "1")]).await;
    let address = format!("/u/{}", key(&mut ada, &id).await.expect("an address"));
    let page = stranger.get(&address).await.text;
    let file = file_on(&page);
    // Twice: the second is given from memory.
    for _ in 0..2 {
        assert_eq!(stranger.get_bytes(&file).await.0, 200);
    }
    // Another end keeps the address.
    show(&mut ada, &id, "unlisted", &[("ends", "7")]).await;
    assert_eq!(status(&mut stranger, &address).await, 200);
    server.state.clock.advance_ms(7 * DAY_MS - 60_000);
    assert_eq!(stranger.get_bytes(&file).await.0, 200);
    assert_eq!(status(&mut stranger, &address).await, 200);
    server.state.clock.advance_ms(60_001);
    assert_eq!(stranger.get_bytes(&file).await.0, 404);
    let ended = stranger.get(&address).await;
    let missing = stranger.get("/u/AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(ended.status, 404);
    let words = |page: &Page| {
        let main = page.text.split("<main").nth(1).unwrap_or_default();
        main.split("</main>").next().unwrap_or_default().to_owned()
    };
    assert_eq!(words(&ended), words(&missing));
    assert_eq!(ended.header("x-robots-tag"), missing.header("x-robots-tag"));
    // Nothing has forgotten it so far, and then housekeeping does.
    let kept = "SELECT COUNT(*) AS n FROM images WHERE unlisted_key IS NOT NULL";
    assert_eq!(count(&server, kept).await, 1);
    housekeeping::round(&server.state).await;
    // Whoever makes it unlisted once more has a new address in any case.
    let mut ada = server.signed_in("Ada Martin").await;
    show(&mut ada, &id, "unlisted", &[]).await;
    let anew = format!("/u/{}", key(&mut ada, &id).await.expect("an address"));
    assert_ne!(anew, address);
    assert_eq!(status(&mut stranger, &anew).await, 200);
    assert_eq!(status(&mut stranger, &address).await, 404);
    // A day that is over, or none, is refused, and nothing is changed.
    for (ends, date) in [
        ("date", "2001-01-01"),
        ("date", "soon"),
        ("date", ""),
        ("9", ""),
    ] {
        let sent = show(&mut ada, &id, "unlisted", &[("ends", ends), ("date", date)]).await;
        assert_ne!(sent.refusal(), "", "{ends} {date}");
    }
    assert_ne!(show(&mut ada, &id, "everybody", &[]).await.refusal(), "");
    assert_eq!(status(&mut stranger, &anew).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_picture_from_being_published_keeps_it_from_being_unlisted() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let id = ada.picture("a boat").await;
    // Somebody else's picture is as good as none.
    assert!(
        show(&mut sam, &id, "unlisted", &[])
            .await
            .refusal()
            .contains("not_found")
    );
    show(&mut ada, &id, "unlisted", &[]).await;
    let address = format!("/u/{}", key(&mut ada, &id).await.expect("an address"));
    // An objection ends it, and forbids it.
    let object = [("keep_private", "on"), LANG];
    ada.post("/api/account_choices", &object).await;
    assert_eq!(status(&mut stranger, &address).await, 404);
    let refused = show(&mut ada, &id, "unlisted", &[]).await.refusal();
    assert!(refused.contains("kept_private"), "{refused}");
    assert_eq!(key(&mut ada, &id).await, None);
    ada.post("/api/account_choices", &[LANG]).await;
    assert_eq!(status(&mut stranger, &address).await, 404, "it stays ended");
    // What waits for a look, and what a decision withdrew.
    for column in ["held_by", "withheld_by"] {
        let sql: &'static str = Box::leak(format!("UPDATE images SET {column} = 'c'").into());
        server.state.db.write(Statement::new(sql)).await.unwrap();
        let refused = show(&mut ada, &id, "unlisted", &[]).await.refusal();
        assert!(refused.contains("suspended"), "{column}: {refused}");
        let sql: &'static str = Box::leak(format!("UPDATE images SET {column} = NULL").into());
        server.state.db.write(Statement::new(sql)).await.unwrap();
    }
    // The same bytes as a removed picture.
    let removed = "INSERT INTO removed_pictures (id, sha256, removed_at)
        SELECT 'r', sha256, 9000000000000 FROM images";
    server
        .state
        .db
        .write(Statement::new(removed))
        .await
        .unwrap();
    assert_ne!(show(&mut ada, &id, "unlisted", &[]).await.refusal(), "");
    let sql = "DELETE FROM removed_pictures";
    server.state.db.write(Statement::new(sql)).await.unwrap();
    // A closing ends it, and coming back does not bring it back.
    show(&mut ada, &id, "unlisted", &[]).await;
    let address = format!("/u/{}", key(&mut ada, &id).await.expect("an address"));
    assert_eq!(status(&mut stranger, &address).await, 200);
    close(&mut ada, "").await;
    assert_eq!(status(&mut stranger, &address).await, 404);
    let kept = "SELECT COUNT(*) AS n FROM images WHERE unlisted_key IS NOT NULL";
    assert_eq!(count(&server, kept).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_picture_can_be_reported_withdrawn_and_given_back() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let id = ada.picture("a boat").await;
    show(&mut ada, &id, "unlisted", &[]).await;
    let key = key(&mut ada, &id).await.expect("an address");
    let address = format!("/u/{key}");
    let page = stranger.get(&address).await.text;
    let form = format!("/report/{key}");
    assert!(page.contains(&form), "{page}");
    let form = stranger.get(&form).await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains(&address) && !form.text.contains(&id));
    // By its id it cannot be: whoever does not have the address knows nothing of it.
    let by_id = stranger
        .post("/api/report_picture", &notice(&id, "terms"))
        .await;
    assert!(
        by_id.refusal().contains("not_found"),
        "{}",
        by_id.location()
    );
    report(&server, &key, "terms").await;
    let number = case(&mut mina).await;
    let seen = mina.get(&format!("/admin/cases/{number}")).await.text;
    assert!(seen.contains(&address), "{seen}");
    decide(&mut mina, &number, "withdrawn", "none").await;
    assert_eq!(status(&mut stranger, &address).await, 404);
    assert!(
        show(&mut ada, &id, "unlisted", &[])
            .await
            .refusal()
            .contains("suspended")
    );
    taken_back(&mut ada, &number, &mut sam).await;
    assert_eq!(
        status(&mut stranger, &address).await,
        200,
        "at its old address"
    );
    let withheld = "SELECT COUNT(*) AS n FROM images WHERE withheld_by IS NOT NULL";
    assert_eq!(count(&server, withheld).await, 0);
}

/// A public picture of Ada's with everything that shows it to others.
struct Everywhere {
    gone: Vec<String>,
    lists: [&'static str; 6],
    id: String,
}

impl Everywhere {
    fn of(server: &Server, id: &str, file: &str) -> Everywhere {
        let slug = file.split('/').nth(2).unwrap();
        let mut gone = vec![
            file.to_owned(),
            format!("/media/{slug}/card.jpeg"),
            format!("/oembed?url={}/i/{id}", server.base),
            format!("/oembed?format=xml&url={}/fr/i/{id}", server.base),
        ];
        for prefix in ["", "/fr"] {
            gone.push(format!("{prefix}/i/{id}"));
            gone.push(format!("{prefix}/embed/{id}"));
        }
        Everywhere {
            gone,
            lists: [
                "/",
                "/fr",
                "/gallery",
                "/fr/gallery",
                "/gallery.atom",
                "/fr/gallery.atom",
            ],
            id: id.to_owned(),
        }
    }

    async fn is_there(&self, readers: &mut [&mut Browser]) {
        for reader in readers {
            for address in &self.gone {
                // Twice: what is kept is kept by then.
                for _ in 0..2 {
                    assert_eq!(status(reader, address).await, 200, "{address}");
                }
            }
            for list in self.lists {
                assert!(reader.get(list).await.text.contains(&self.id), "{list}");
            }
            assert!(reader.sitemap().await.contains(&self.id));
        }
    }

    async fn is_gone(&self, readers: &mut [&mut Browser], why: &str) {
        for reader in readers {
            for address in &self.gone {
                assert_eq!(status(reader, address).await, 404, "{why}: {address}");
            }
            for list in self.lists {
                let page = reader.get(list).await;
                assert!(!page.text.contains(&self.id), "{why}: {list}");
            }
            assert!(!reader.sitemap().await.contains(&self.id), "{why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_gone_from_everywhere_at_once() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let mut stranger = server.browser();
    let (id, file) = published(&mut ada).await;
    let all = Everywhere::of(&server, &id, &file);
    all.is_there(&mut [&mut stranger, &mut sam]).await;
    // Words that are hidden are gone from each of them.
    let said = [
        format!("/i/{id}"),
        format!("/embed/{id}"),
        "/gallery.atom".to_owned(),
        format!("/oembed?url={}/i/{id}", server.base),
    ];
    for address in &said {
        assert!(
            stranger.get(address).await.text.contains("a boat"),
            "{address}"
        );
    }
    ada.post("/api/account_choices", &[LANG]).await;
    for address in &said {
        let text = stranger.get(address).await.text;
        assert!(!text.contains("a boat"), "{address}: {text}");
    }
    // Unpublished.
    ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    all.is_gone(&mut [&mut stranger, &mut sam], "unpublished")
        .await;
    // Unlisted: as good as private for everything here.
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let file = file_on(&stranger.get(&format!("/i/{id}")).await.text);
    let all = Everywhere::of(&server, &id, &file);
    all.is_there(&mut [&mut stranger]).await;
    show(&mut ada, &id, "unlisted", &[]).await;
    all.is_gone(&mut [&mut stranger, &mut sam], "unlisted")
        .await;
    // Withdrawn by a decision.
    show(&mut ada, &id, "public", &[]).await;
    let file = file_on(&stranger.get(&format!("/i/{id}")).await.text);
    let all = Everywhere::of(&server, &id, &file);
    all.is_there(&mut [&mut stranger]).await;
    report(&server, &id, "terms").await;
    let number = case(&mut mina).await;
    decide(&mut mina, &number, "withdrawn", "none").await;
    all.is_gone(&mut [&mut stranger, &mut sam], "withdrawn")
        .await;
    // The account closed.
    let second = ada.picture("a second boat").await;
    show(&mut ada, &second, "public", &[]).await;
    let file = file_on(&stranger.get(&format!("/i/{second}")).await.text);
    let all = Everywhere::of(&server, &second, &file);
    ada.post("/api/account_choices", &[("show_prompts", "on"), LANG])
        .await;
    all.is_there(&mut [&mut stranger]).await;
    close(&mut ada, "").await;
    all.is_gone(&mut [&mut stranger, &mut sam], "closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_its_maker_calls_sensitive_is_blurred_in_lists_and_nowhere_else() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let mut stranger = server.browser();
    let id = ada.picture("a boat").await;
    // Marked before anybody sees it.
    show(&mut ada, &id, "public", &[("sensitive", "on")]).await;
    let veil = format!("/veil/{id}");
    for reader in [&mut stranger, &mut sam] {
        let gallery = reader.get("/gallery").await.text;
        assert!(
            gallery.contains(&veil) && gallery.contains("Sensitive"),
            "{gallery}"
        );
        assert!(
            !gallery.contains("/media/") && !gallery.contains("a boat"),
            "{gallery}"
        );
        assert!(!reader.get("/").await.text.contains(&id));
        assert!(!reader.get("/gallery.atom").await.text.contains(&id));
        for address in [
            format!("/embed/{id}"),
            format!("/oembed?url={}/i/{id}", server.base),
        ] {
            assert_eq!(status(reader, &address).await, 404, "{address}");
        }
        let page = reader.get(&format!("/i/{id}")).await.text;
        assert!(
            page.contains("Show the picture") && !page.contains("/media/"),
            "{page}"
        );
        assert!(!page.contains("oembed"), "{page}");
    }
    // What lists show has a few pixels, and the picture's size in none of its headers.
    let shown = stranger.get(&veil).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.header("content-type"), "image/jpeg");
    assert_eq!(shown.header("cross-origin-resource-policy"), "same-origin");
    let (_, bytes) = stranger.get_bytes(&veil).await;
    let picture = imgc_pictures::identify(&bytes).expect("a picture");
    assert!(picture.width <= 64 && picture.height <= 64, "{picture:?}");
    let page = stranger.get(&format!("/i/{id}?show=1")).await.text;
    let file = stranger.get(&file_on(&page)).await;
    assert_eq!(file.header("cross-origin-resource-policy"), "same-origin");
    let card = file_on(&page).rsplit_once('/').unwrap().0.to_owned() + "/card.jpeg";
    assert_eq!(status(&mut stranger, &card).await, 404);

    // Who is grown up, and says so, may see it in lists; never on the home page.
    let choose = |sees: &'static str| [("sees", sees), LANG];
    sam.post("/api/account_sensitive", &choose("on")).await;
    let gallery = sam.get("/gallery").await.text;
    assert!(
        gallery.contains("/media/") && !gallery.contains(&veil),
        "{gallery}"
    );
    assert!(!sam.get("/").await.text.contains(&id));
    assert!(stranger.get("/gallery").await.text.contains(&veil));
    // Not without the age.
    let young = "UPDATE users SET age_stated_min = 16";
    server.state.db.write(Statement::new(young)).await.unwrap();
    assert!(sam.get("/gallery").await.text.contains(&veil));
    sam.post("/api/account_sensitive", &choose("on")).await;
    assert!(!sam.get("/gallery").await.text.contains(&veil));
    sam.post("/api/account_sensitive", &choose("")).await;
    assert!(sam.get("/gallery").await.text.contains(&veil));

    // Its maker takes the mark off.
    show(&mut ada, &id, "public", &[]).await;
    let gallery = stranger.get("/gallery").await.text;
    assert!(
        gallery.contains("/media/") && !gallery.contains(&veil),
        "{gallery}"
    );
    assert_eq!(status(&mut stranger, &veil).await, 404);
    // Private, nobody gets it.
    show(&mut ada, &id, "private", &[("sensitive", "on")]).await;
    assert_eq!(status(&mut stranger, &veil).await, 404);
    // What was made is deleted with the picture.
    assert!(
        server
            .objects()
            .await
            .iter()
            .any(|key| key.ends_with("veil.jpeg"))
    );
    let fields = [("ids[]", id.as_str()), ("action", "trash"), LANG];
    ada.post("/api/change", &fields).await;
    ada.post("/api/delete", &[("id", &id), LANG]).await;
    housekeeping::round(&server.state).await;
    assert!(server.objects().await.iter().all(|key| !key.contains(&id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_are_told_what_they_may_show() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let id = ada.picture("a \"boat\" & <b>").await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let page = stranger.get(&format!("/i/{id}")).await.text;
    for kind in ["application/json+oembed", "text/xml+oembed"] {
        assert!(page.contains(kind), "{kind}: {page}");
    }
    let url = format!("url={}/i/{id}", server.base);
    let json = stranger.get(&format!("/oembed?{url}&maxwidth=300")).await;
    assert_eq!(json.header("content-type"), "application/json");
    let said: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(
        (&said["version"], &said["type"]),
        (&"1.0".into(), &"rich".into())
    );
    assert_eq!(said["title"], "a \"boat\" & <b>");
    assert_eq!(said["provider_url"], server.base.as_str());
    assert!(said["width"].as_u64().unwrap() <= 300);
    let frame = said["html"].as_str().unwrap();
    assert!(
        frame.contains(&format!("src=\"{}/embed/{id}\"", server.base)),
        "{frame}"
    );
    assert!(
        frame.contains("title=\"a &quot;boat&quot; &amp; &lt;b&gt;\""),
        "{frame}"
    );
    let xml = stranger.get(&format!("/oembed?{url}&format=xml")).await;
    assert!(xml.header("content-type").starts_with("text/xml"));
    assert!(
        xml.text
            .contains("<title>a &quot;boat&quot; &amp; &lt;b&gt;</title>"),
        "{}",
        xml.text
    );
    for (query, expected) in [
        (format!("{url}&format=yaml"), 501),
        (String::new(), 422),
        (format!("{url}&{url}"), 422),
        (format!("{url}&maxwidth=-1"), 422),
        ("url=https://evil.example/i/x".to_owned(), 404),
        (format!("url=https://evil.example/i/{id}"), 404),
        (format!("url=javascript:alert(1)//{id}"), 404),
        (format!("url={}/gallery", server.base), 404),
        (
            format!("url={}/i/0199c5a0-0000-7000-8000-000000000001", server.base),
            404,
        ),
    ] {
        assert_eq!(
            status(&mut stranger, &format!("/oembed?{query}")).await,
            expected,
            "{query}"
        );
    }

    // The frame: by anybody, without a cookie, a script, or anything of other hosts.
    for reader in [&mut stranger, &mut ada] {
        let frame = reader.get(&format!("/embed/{id}")).await;
        assert_eq!(frame.status, 200);
        let policy = frame.header("content-security-policy");
        assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"));
        assert!(!policy.contains("script-src"), "{policy}");
        assert!(frame.headers.get("x-frame-options").is_none());
        assert!(frame.headers.get("set-cookie").is_none());
        assert!(!frame.text.contains("<script"), "{}", frame.text);
        assert!(frame.text.contains("Ada Martin"), "{}", frame.text);
        assert!(
            frame.text.contains("Painted by the built-in demo"),
            "{}",
            frame.text
        );
        assert!(
            frame.text.contains(&format!("href=\"/i/{id}\"")),
            "{}",
            frame.text
        );
        assert_eq!(frame.header("x-robots-tag"), "noindex");
        // Nothing else of ours may be framed.
        for other in [
            "/",
            "/gallery",
            "/create",
            &format!("/i/{id}"),
            "/gallery.atom",
            "/embed/",
        ] {
            let policy = reader.get(other).await;
            let policy = policy.header("content-security-policy");
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{other}: {policy}"
            );
        }
    }
    // Its pictures, and no other answer, may be shown by other sites.
    let (kept, again) = (
        stranger.get(&file_on(&page)).await,
        stranger.get(&file_on(&page)).await,
    );
    for file in [kept, again] {
        assert_eq!(file.header("cross-origin-resource-policy"), "cross-origin");
        assert!(
            file.header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
    }
    for other in ["/gallery", &format!("/embed/{id}"), "/card.jpeg", "/oembed"] {
        let answer = stranger.get(other).await;
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{other}"
        );
    }
    let own = format!("/files/{id}/original.png");
    assert_eq!(
        ada.get(&own).await.header("cross-origin-resource-policy"),
        "same-origin"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gallery_has_a_feed_that_readers_ask_for_again() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut stranger = server.browser();
    let empty = stranger.get("/gallery.atom").await;
    assert_eq!(empty.status, 200);
    assert!(empty.text.contains("<updated>") && !empty.text.contains("<entry>"));
    let id = ada.picture("a \"boat\" & <b>").await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let gallery = stranger.get("/gallery").await.text;
    assert!(gallery.contains("application/atom+xml"), "{gallery}");
    for (prefix, lang) in [("", "en"), ("/fr", "fr")] {
        let feed = stranger.get(&format!("{prefix}/gallery.atom")).await;
        assert!(
            feed.header("content-type")
                .starts_with("application/atom+xml")
        );
        for must in [
            format!("xml:lang=\"{lang}\""),
            format!("<id>{}{prefix}/gallery</id>", server.base),
            format!(
                "rel=\"self\" type=\"application/atom+xml\" href=\"{}{prefix}/gallery.atom\"",
                server.base
            ),
            format!("<id>urn:uuid:{id}</id>"),
            format!("href=\"{}{prefix}/i/{id}\"", server.base),
            "<name>Ada Martin</name>".to_owned(),
            "<title>a &quot;boat&quot; &amp; &lt;b&gt;</title>".to_owned(),
            format!("<media:content url=\"{}/media/", server.base),
            "alt=&quot;a &amp;quot;boat&amp;quot;".to_owned(),
        ] {
            assert!(feed.text.contains(&must), "{must}: {}", feed.text);
        }
        // Whoever has it is told so, until something changes.
        let tag = feed.header("etag").to_owned();
        assert_ne!(feed.header("last-modified"), "");
        let path = format!("{prefix}/gallery.atom");
        let asked = stranger
            .request(Method::GET, &path)
            .header("if-none-match", &tag);
        assert_eq!(stranger.send(asked).await.status(), 304);
    }
    let before = stranger.get("/gallery.atom").await;
    ada.post("/api/account_choices", &[LANG]).await;
    let asked = stranger
        .request(Method::GET, "/gallery.atom")
        .header("if-none-match", before.header("etag"));
    assert_eq!(
        stranger.send(asked).await.status(),
        200,
        "its words are hidden"
    );
    // Taken back and published anew it is the same entry.
    ada.post("/api/unpublish", &[("id", &id), LANG]).await;
    ada.post("/api/publish", &[("id", &id), LANG]).await;
    let feed = stranger.get("/gallery.atom").await.text;
    assert!(feed.contains(&format!("<id>urn:uuid:{id}</id>")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_says_who_may_see_a_picture() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a boat").await;
    show(
        &mut ada,
        &id,
        "unlisted",
        &[("ends", "30"), ("sensitive", "on")],
    )
    .await;
    let key = key(&mut ada, &id).await.expect("an address");
    let export = ada.request(Method::POST, "/account/export");
    let answer = export.form_of(&[("lang", "en")]).send().await.unwrap();
    let zip = answer.bytes().await.unwrap().to_vec();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let data: serde_json::Value =
        serde_json::from_reader(zip.by_name("data.json").unwrap()).unwrap();
    let picture = &data["pictures"][0];
    assert_eq!(picture["shown_to"], "who_has_its_address");
    assert_eq!(picture["unlisted_key"], key.as_str());
    assert!(picture["unlisted_until"].is_string());
    assert_eq!(picture["marked_sensitive"], true);
    assert_eq!(data["profile"]["sees_sensitive"], false);
}
