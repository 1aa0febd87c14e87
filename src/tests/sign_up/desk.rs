//! Invitations from the desk: the administrators' page and the command line, what
//! an account shows of them, and their end.

use super::{ADMIN, DAY_MS, HOUR_MS, INVITATION, come_by, invited, is_signed_in, rows, used};
use crate::{
    harness::{Browser, Page, Server},
    rights::close,
};
use imgc::{
    housekeeping,
    model::limits::FRESH_SIGN_IN_MS,
    model::retention::RetentionRule,
    store::{
        Statement,
        export::{self, List},
        invitations as stored,
    },
};
use scraper::{Html, Selector};

const LANG: (&str, &str) = ("lang", "en");

/// The form as a browser sends it.
async fn make(admin: &mut Browser, note: &str, uses: &str, days: &str) -> Page {
    let fields = [("note", note), ("uses", uses), ("days", days), LANG];
    admin.post("/api/admin_invite", &fields).await
}

/// The paths of the links that the administrators' page shows, the newest first.
async fn links(admin: &mut Browser, base: &str) -> Vec<String> {
    let page = admin.get("/admin").await;
    let field = Selector::parse("input[readonly]").unwrap();
    let document = Html::parse_document(&page.text);
    let values = document
        .select(&field)
        .filter_map(|field| field.attr("value"));
    let path = |link: &str| link.strip_prefix(base).unwrap().to_owned();
    values.map(path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_lists_and_takes_back() {
    let server = Server::start(&[INVITATION, ADMIN]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let made = make(&mut mina, "  the \"choir\" <b>  ", "2", "10").await;
    assert_eq!(made.location(), "/admin#invitations");
    let path = links(&mut mina, &server.base).await.remove(0);
    let page = mina.get("/admin").await.text;
    for told in [
        "the &quot;choir&quot; &lt;b&gt;",
        "0 of 2 used",
        "Mina Okafor",
        "invitation made",
    ] {
        assert!(
            page.contains(told) || page.contains(&told.replace("&quot;", "\"")),
            "{told}"
        );
    }
    let mut ada = server.browser();
    come_by(&mut ada, &path, "Ada Martin").await;
    assert!(is_signed_in(&ada));
    // Her page and her export say it, and so do the administrator's own.
    assert!(
        ada.get("/account")
            .await
            .text
            .contains("opened your account with an invitation")
    );
    let account = mina.get("/account").await.text;
    assert!(account.contains("1 of 2 used"));
    let id = stored::list(&server.state.db).await.unwrap().remove(0).id;
    for (name, list) in [
        ("Ada Martin", List::InvitedBy),
        ("Mina Okafor", List::Invitations),
    ] {
        let person = crate::library::person(&server, name).await;
        let held = export::list(&server.state.db, list, &person, "")
            .await
            .unwrap();
        assert_eq!(held.len(), 1, "{name}");
        let held: serde_json::Value = serde_json::from_str(&held[0].1).unwrap();
        assert_eq!(held["note"], "the \"choir\" <b>", "{name}");
        assert_eq!(held["id"], id.as_str());
    }

    // To everybody else there is nothing there, whatever the form says.
    let revoke = [("id", id.as_str()), LANG];
    for answer in [
        make(&mut ada, "mine", "many", "-1").await,
        ada.post("/api/admin_invitation_revoke", &revoke).await,
    ] {
        assert!(
            answer.refusal().contains("not_found"),
            "{}",
            answer.location()
        );
    }
    assert_eq!(
        ada.call("/api/admin_invite", &[("uses", "1"), ("days", "1"), LANG])
            .await
            .status,
        404
    );
    assert_eq!(
        server
            .browser()
            .call("/api/admin_invitation_revoke", &revoke)
            .await
            .status,
        401
    );
    assert_eq!(rows(&server).await["invitations"], 1);

    let revoked = mina.post("/api/admin_invitation_revoke", &revoke).await;
    assert_eq!(revoked.location(), "/admin#invitations");
    let again = mina.post("/api/admin_invitation_revoke", &revoke).await;
    assert!(again.refusal().contains("not_found"));
    let page = mina.get("/admin").await.text;
    assert!(page.contains("invitation taken back"));
    assert_eq!(links(&mut mina, &server.base).await, Vec::<String>::new());
    let mut sam = server.browser();
    let answer = come_by(&mut sam, &path, "Sam Rivera").await;
    assert_eq!(answer.location(), "/turned-away?why=revoked");
    assert!(
        is_signed_in(&server.signed_in("Ada Martin").await),
        "she has an account"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_is_listed_however_many_do_not() {
    let server = Server::start(&[INVITATION]).await;
    let (id, _) = invited(&server, 1).await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO invitations (id, token_hash, note, created_at, ends_at, uses, used)
        SELECT 'i' || i, 'h' || i, '', 8000000000000, iif(i % 2, 1, 9000000000000), 1, 1 - i % 2
        FROM n";
    server.state.db.write(Statement::new(fill)).await.unwrap();
    let listed = stored::list(&server.state.db).await.unwrap();
    assert_eq!(listed.len(), 1000);
    assert!(listed.iter().any(|one| one.id == id));
    assert!(listed[0].created_at_ms >= listed[999].created_at_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_limits_is_refused_in_words() {
    let server = Server::start(&[INVITATION, ADMIN]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let long = "ü".repeat(81);
    for (note, uses, days) in [
        ("x", "0", "1"),
        ("x", "1001", "1"),
        ("x", "1", "366"),
        ("x", "1", ""),
        ("x", "-1", "1"),
        ("x", "1e3", "1"),
        ("x", "99999999999999999999", "1"),
        (&long, "1", "1"),
    ] {
        let refused = make(&mut mina, note, uses, days).await;
        assert!(
            refused.refusal().contains("invitation_invalid"),
            "{uses} {days}"
        );
        assert!(
            mina.get(refused.location())
                .await
                .text
                .contains("None was made")
        );
    }
    assert_eq!(rows(&server).await["invitations"], 0);
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO invitations (id, token_hash, note, created_at, ends_at, uses)
        SELECT 'i' || i, 'h' || i, '', 0, 9000000000000, 1 FROM n";
    server.state.db.write(Statement::new(fill)).await.unwrap();
    let acts = rows(&server).await["admin_acts"];
    let refused = make(&mut mina, "one more", "1", "1").await;
    assert!(refused.refusal().contains("too_many_invitations"));
    assert_eq!(rows(&server).await["admin_acts"], acts, "nothing was done");
    // What opens accounts is neither shown nor made after an old sign-in.
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let page = mina.get("/admin").await;
    assert!(page.status == 200 && !page.text.contains("/api/admin_invit"));
    let refused = make(&mut mina, "late", "1", "1").await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
    let refused = mina
        .post("/api/admin_invitation_revoke", &[("id", "i1"), LANG])
        .await;
    assert!(refused.refusal().contains("fresh_sign_in_needed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_go_with_their_time_and_with_whoever_made_or_used_them() {
    let server = Server::start(&[INVITATION, ADMIN]).await;
    let mut mina = server.signed_in("Mina Okafor").await;
    make(&mut mina, "for Ada zqcanary", "3", "9").await;
    let path = links(&mut mina, &server.base).await.remove(0);
    let mut ada = server.browser();
    come_by(&mut ada, &path, "Ada Martin").await;
    let id = stored::list(&server.state.db).await.unwrap().remove(0).id;
    assert_eq!(used(&server, &id).await, (1, 1));
    // Whoever is erased leaves no name in a note, and no use to be used again.
    let receipt = close(&mut ada, "now").await;
    crate::rights::until_receipt_says(&mut mina, &receipt, "Every file erased").await;
    assert_eq!(server.holding("zqcanary").await, Vec::<String>::new());
    assert_eq!(used(&server, &id).await, (1, 0));
    // An administrator's end with their account.
    close(&mut mina, "now").await;
    let began = std::time::Instant::now();
    while rows(&server).await["invitations"] > 0 {
        assert!(began.elapsed() < crate::harness::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let answer = come_by(&mut server.browser(), &path, "Sam Rivera").await;
    assert_eq!(answer.location(), "/turned-away?why=unknown");

    // Those of the command line when their time has come.
    let (id, path) = invited(&server, 1).await;
    come_by(&mut server.browser(), &path, "Sam Rivera").await;
    server
        .state
        .clock
        .advance_ms(2 * DAY_MS + RetentionRule::Invitations.kept_ms() - HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(used(&server, &id).await, (1, 1));
    server.state.clock.advance_ms(2 * HOUR_MS);
    housekeeping::round(&server.state).await;
    let left = rows(&server).await;
    assert_eq!((left["invitations"], left["invitation_uses"]), (0, 0));
    assert!(
        is_signed_in(&server.signed_in("Sam Rivera").await),
        "the account stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_earlier_opens_no_account_by_what_ended_since() {
    let server = Server::start(&[INVITATION]).await;
    let (_, path) = invited(&server, 1).await;
    let now_ms = server.state.clock.now_ms();
    assert_eq!(stored::revoke_all(&server.state.db, now_ms).await, Ok(1));
    assert_eq!(stored::revoke_all(&server.state.db, now_ms).await, Ok(0));
    assert_eq!(server.browser().get(&path).await.status, 410);
}
