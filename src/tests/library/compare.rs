//! Pictures side by side, and what differs in how they were made.

use super::{Given, give, person};
use crate::harness::Server;
use imgc::ui::format;

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_a_table_and_only_ones_own_pictures_are_in_it() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let (of_ada, of_sam) = (
        person(&server, "Ada Martin").await,
        person(&server, "Sam Rivera").await,
    );
    let given = |prompt, size| Given {
        prompt,
        size,
        ..Given::default()
    };
    let own = [
        given("a mill at dawn", (64, 64)),
        given("a <b>mill</b> at dusk", (64, 96)),
        given("a mill", (64, 64)),
    ];
    let own = give(&server, &of_ada, &own).await;
    let others = give(&server, &of_sam, &[given("a secret garden", (64, 64))]).await;
    let address = |ids: &[&String]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("ids[]={id}")).collect();
        format!("/compare?query=&lang=en&{}", ids.join("&"))
    };

    let page = ada.get(&address(&[&own[0], &own[1]])).await.text;
    let (different, same) = page.split_once("id=\"same\"").expect("both kinds");
    assert!(different.contains("a mill at dawn") && different.contains("&lt;b"));
    let sizes = [(64, 64), (64, 96)].map(|(w, h)| format::pixels(w, h));
    assert!(sizes.iter().all(|size| different.contains(size)));
    assert!(same.contains("Model") && same.contains("Quality"));
    assert!(page.contains("noindex"));
    // The same once more is one, and somebody else's is none.
    for ids in [
        vec![&own[0], &own[0]],
        vec![&own[0], &others[0]],
        vec![],
        vec![&own[0], &own[1], &own[2], &others[0], &others[0]],
    ] {
        let page = ada.get(&address(&ids)).await.text;
        let shown = page.matches("class=\"compare-pane\"").count();
        let counted = ids.len() > 3;
        assert_eq!(shown, if counted { 3 } else { 0 }, "{ids:?}");
        assert_eq!(page.contains("Choose two to 4"), !counted, "{ids:?}");
        assert!(!page.contains("a secret garden"));
    }
    let too_many: Vec<String> = (0..300).map(|n| format!("ids[]={n}")).collect();
    let page = ada.get(&format!("/compare?{}", too_many.join("&"))).await;
    assert!(page.status == 200 && page.text.contains("Choose two to 4"));
    let refused = server.browser().get(&address(&[&own[0], &own[1]])).await;
    assert!(refused.location().starts_with("/sign-in"));
    let french = sam
        .get(&format!("/fr{}", address(&[&others[0]])))
        .await
        .text;
    assert!(french.contains("Choisissez de deux à 4 images"));
}
