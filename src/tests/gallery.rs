//! The gallery as a walk: from picture to picture by plain links, and back to the place
//! one left.

use crate::{
    harness::{Browser, Server},
    library::{Given, give, person},
};
use imgc::store::Statement;
use scraper::{Html, Selector};

/// Where the first link that fits leads.
fn link(page: &str, selector: &str) -> Option<String> {
    let selector = Selector::parse(selector).unwrap();
    let page = Html::parse_document(page);
    let found = page.select(&selector).next()?;
    found.attr("href").map(str::to_owned)
}

async fn get(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    page.text
}

/// Six public pictures, the newest first. Two were published in the same millisecond.
async fn six(server: &Server) -> (Browser, Vec<String>) {
    let ada = server.signed_in("Ada Martin").await;
    let user = person(server, "Ada Martin").await;
    let pictures: Vec<Given<'_>> = (0..6).map(|_| Given::default()).collect();
    let mut ids = give(server, &user, &pictures).await;
    let times: [i64; 6] = [1_000, 2_000, 3_000, 3_000, 4_000, 5_000];
    for (id, at) in ids.iter().zip(times) {
        let publish = Statement::new(
            "UPDATE images SET public_key = 'key' || id, published_at = ?2 WHERE id = ?1",
        );
        let publish = publish.bind(id.as_str()).bind(at);
        server.state.db.write(publish).await.unwrap();
    }
    ids.reverse();
    (ada, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_picture_leads_to_its_neighbours_and_back_to_its_place() {
    let server = Server::start(&[]).await;
    let (_, ids) = six(&server).await;
    let mut stranger = server.browser();
    for prefix in ["", "/fr"] {
        let address = |id: &String| format!("{prefix}/i/{id}");
        for (place, id) in ids.iter().enumerate() {
            let page = get(&mut stranger, &address(id)).await;
            let before = place.checked_sub(1).map(|place| address(&ids[place]));
            assert_eq!(
                link(&page, ".beside a[rel=prev]"),
                before,
                "{prefix} {place}"
            );
            let after = ids.get(place + 1).map(address);
            assert_eq!(
                link(&page, ".beside a[rel=next]"),
                after,
                "{prefix} {place}"
            );
            // The way back begins with this very picture, and with what comes after it.
            let back = link(&page, ".beside a[rel=nofollow]").unwrap();
            let gallery = get(&mut stranger, &back).await;
            assert_eq!(link(&gallery, ".grid a"), Some(address(id)), "{back}");
            assert_eq!(link(&gallery, ".grid li:nth-child(2) a"), after, "{back}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_picture_back_closes_the_row() {
    let server = Server::start(&[]).await;
    let (mut ada, ids) = six(&server).await;
    let mut stranger = server.browser();
    let address = |place: usize| format!("/i/{}", ids[place]);
    get(&mut stranger, &address(1)).await;
    let fields = [("id", ids[2].as_str()), ("lang", "en")];
    let taken = ada.post("/api/unpublish", &fields).await;
    assert!(taken.status.is_redirection());
    let page = get(&mut stranger, &address(1)).await;
    assert_eq!(link(&page, ".beside a[rel=next]"), Some(address(3)));
    let page = get(&mut stranger, &address(3)).await;
    assert_eq!(link(&page, ".beside a[rel=prev]"), Some(address(1)));
    // Its owner sees it still, with the way to their own pictures and none of the gallery's.
    let own = get(&mut ada, &address(2)).await;
    assert_eq!(link(&own, ".beside a"), Some("/library".to_owned()));
    assert_eq!(link(&own, ".beside a[rel]"), None);
    assert!(!own.contains("data-key=\"ArrowRight\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_says_what_its_picture_is_now() {
    let server = Server::start(&[]).await;
    let (_, ids) = six(&server).await;
    let mut stranger = server.browser();
    let alt = |page: &str| {
        let selector = Selector::parse(".grid img").unwrap();
        let page = Html::parse_document(page);
        let first = page.select(&selector).next().unwrap();
        first.attr("alt").unwrap().to_owned()
    };
    for (shows, expected) in [
        (1, "a picture"),
        (0, "A picture made with AI"),
        (1, "a picture"),
    ] {
        let choice = Statement::new("UPDATE images SET shows_prompt = ?2 WHERE id = ?1");
        let choice = choice.bind(ids[0].as_str()).bind(i64::from(shows));
        server.state.db.write(choice).await.unwrap();
        for path in ["/gallery", "/"] {
            let page = get(&mut stranger, path).await;
            assert_eq!(alt(&page), expected, "{path}");
        }
    }
    assert!(get(&mut stranger, "/fr/gallery").await.contains("/fr/i/"));
}
