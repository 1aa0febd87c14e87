//! The canary: a random word in every personal field, searched for everywhere
//! after the account is erased.

use super::{DAY_MS, HOUR_MS, close, count};
use crate::{
    harness::{Server, new_key},
    library::person,
    references::samples,
};
use imgc::{housekeeping, store::Statement};
use reqwest::{Method, multipart};

#[tokio::test(flavor = "multi_thread")]
async fn a_random_word_in_every_personal_field_is_found_nowhere_after_erasure() {
    let server = Server::start(&[]).await;
    let word = format!("zq{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let name = format!("Ada {word}");
    let mut ada = server.signed_in(&name).await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let lang = ("lang", "en");

    // Words in pictures, jobs, tags, collections, undo notes, the draft.
    let id = ada.picture(&format!("a boat named {word}")).await;
    let id = id.as_str();
    ada.post("/api/publish", &[("id", id), lang]).await;
    for (action, field) in [("tag", "about[tag]"), ("collect", "about[name]")] {
        let fields = [
            ("ids[]", id),
            ("action", action),
            (field, word.as_str()),
            lang,
        ];
        ada.post("/api/change", &fields).await;
    }
    ada.submit(&format!("{word} {}", "x".repeat(40_000)), &new_key(), &[])
        .await;
    ada.post("/api/account_handle", &[("handle", word.as_str()), lang])
        .await;
    let profile = [("wanted", "on"), ("text", word.as_str()), lang];
    ada.post("/api/account_profile", &profile).await;
    // Whom she follows, hides and likes, and who does that to her: rows that name her.
    let others = sam.picture("a lamp").await;
    sam.post("/api/publish", &[("id", &others), lang]).await;
    sam.post("/api/account_handle", &[("handle", "sam"), lang])
        .await;
    sam.post("/api/account_profile", &[("wanted", "on"), lang])
        .await;
    ada.post("/api/like", &[("id", &others), ("on", "on"), lang])
        .await;
    ada.post("/api/follow", &[("handle", "sam"), lang]).await;
    sam.post("/api/hide_maker", &[("handle", &word), lang])
        .await;
    sam.post("/api/follow", &[("handle", &word), lang]).await;
    for (table, rows) in [("follows", 2), ("likes", 1)] {
        let sql: &'static str = format!("SELECT COUNT(*) AS n FROM {table}").leak();
        assert_eq!(count(&server, sql).await, rows, "{table}");
    }
    let failed = ada.generate(&format!("{word} [demo:content-policy]")).await;
    ada.until(&failed, &["failed"]).await;
    // Limits of hers, and a form of them that was refused for it.
    ada.post("/api/own_limits", &[("pictures", "9"), lang])
        .await;
    ada.post("/api/own_limits", &[("dollars", word.as_str()), lang])
        .await;
    // A style of hers.
    let style = [
        ("name", word.as_str()),
        ("before", &word),
        ("after", &word),
        lang,
    ];
    ada.post("/api/style", &style).await;
    // A reference picture whose file is named by it, with the word typed beside it.
    let form = multipart::Form::new()
        .text("lang", "en")
        .text("draft[prompt]", word.clone())
        .part("files[]", {
            let png = samples::plain(64, 48, [1, 2, 3]);
            multipart::Part::bytes(png).file_name(format!("{word}.png"))
        });
    let request = ada.request(Method::POST, "/uploads").multipart(form);
    ada.send(request).await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM uploads").await, 1);
    // The invitation she came by, and one that she made: both name her.
    let me = person(&server, &name).await;
    let invitations = [
        "INSERT INTO invitations (id, token_hash, note, created_at, ends_at, uses, used)
            VALUES ('came by', 'h1', ?1, 0, 9000000000000, 2, 1)",
        "INSERT INTO invitations (id, token_hash, note, user_id, created_at, ends_at, uses)
            VALUES ('made', 'h2', ?1, ?2, 0, 9000000000000, 2)",
        "INSERT INTO invitation_uses (user_id, invitation_id, used_at) VALUES (?2, 'came by', ?1)",
    ];
    let [came_by, made, used] = invitations.map(Statement::new);
    let written = server.state.db.batch(vec![
        came_by.bind(word.as_str()),
        made.bind(word.as_str()).bind(me.as_str()),
        used.bind(0_i64).bind(me.as_str()),
    ]);
    written.await.unwrap();
    // What somebody else wrote about a picture of hers, the decision, and her objection.
    let told = [
        "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at, decided_at, act_id, decided_by,
            picture, account, ground, rule, facts)
            VALUES ('case', ?2, ?3, ?3, 0, 0, 1, 'act', '', 'withdrawn', 'strike', 'law', ?1, ?1)",
        "INSERT INTO appeals (id, case_id, act_id, words, created_at, answer)
            VALUES ('appeal', 'case', 'act', ?1, 0, ?1)",
    ];
    let [case, appeal] = told.map(Statement::new);
    // That it was passed to the police, by which her own words may be quoted.
    let passed = "INSERT INTO police_reports (id, case_id, at, admin, offence, authority, file_reference, words, picture)
        VALUES (?1, 'case', 0, '', 'other', ?1, ?1, ?1, ?1)";
    let erasing = "UPDATE cases SET erasing_act = ?1 WHERE id = 'case'";
    // What is told of her picture, and where it stands.
    let looks = "UPDATE images SET pixels_sum = ?1, looks = ?1, held_by = ?1, sensitive_by = ?1, unlisted_by = ?1
        WHERE id = ?2";
    // An address of hers that is not for everybody, of that picture and of what a change
    // and a decision remember.
    let unlisted =
        "UPDATE cases SET unlisted_key = ?1, unlisted_until = 9000000000000 WHERE id = 'case'";
    // What she shows with it.
    let shown = "UPDATE images SET title = ?1, title_words = ?1, alt = ?1 WHERE id = ?2";
    let tag = "INSERT INTO public_tags (user_id, image_id, folded, name, words) VALUES (?3, ?2, ?1, ?1, ?1)";
    let written = server.state.db.batch(vec![
        Statement::new(shown).bind(word.as_str()).bind(id),
        Statement::new(tag)
            .bind(word.as_str())
            .bind(id)
            .bind(me.as_str()),
        case.bind(word.as_str()).bind(me.as_str()).bind(id),
        appeal.bind(word.as_str()),
        Statement::new(passed).bind(word.as_str()),
        Statement::new(erasing).bind(word.as_str()),
        Statement::new(unlisted).bind(word.as_str()),
        Statement::new(looks).bind(word.as_str()).bind(id),
    ]);
    written.await.unwrap();
    // A mail to her that waits.
    let waits = "INSERT INTO mails (id, kind, user_id, created_at, due_at) VALUES (?1, 'decided', ?2, 0, 9000000000000)";
    let waits = Statement::new(waits).bind(word.as_str()).bind(me.as_str());
    server.state.db.write(waits).await.unwrap();
    // Somebody else's remix of it stays, without what it began from.
    let remix = sam.post("/api/remix", &[("id", id), lang]).await;
    assert!(remix.location().starts_with("/create"));
    sam.post("/api/draft", &[("draft[prompt]", "mine"), lang])
        .await;

    assert!(
        !server.holding(&word).await.is_empty(),
        "the word was never there"
    );
    for table in [
        "users",
        "images",
        "jobs",
        "image_tags",
        "public_tags",
        "collections",
        "styles",
        "changes",
        "invitations",
        "cases",
        "appeals",
        "mails",
        "police_reports",
    ] {
        let sql: &'static str = Box::leak(
            format!(
                "SELECT COUNT(*) AS n FROM {table} WHERE {} LIKE '%{word}%'",
                columns(table)
            )
            .into_boxed_str(),
        );
        assert!(count(&server, sql).await > 0, "{table} never held it");
    }

    close(&mut ada, "").await;
    server.state.clock.advance_ms(7 * DAY_MS + HOUR_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, "SELECT COUNT(*) AS n FROM users").await, 1);
    // The other invitation stays, and no longer says whom it was for.
    let invitations = "SELECT COUNT(*) AS n FROM invitations WHERE note = '' AND used = 1";
    assert_eq!(count(&server, invitations).await, 1);
    assert_eq!(server.holding(&word).await, Vec::<String>::new());
    assert_eq!(server.holding(id).await, Vec::<String>::new());
    assert_eq!(server.holding(&me).await, Vec::<String>::new());
    for table in ["follows", "hidden_makers", "likes"] {
        let sql: &'static str = format!("SELECT COUNT(*) AS n FROM {table}").leak();
        assert_eq!(count(&server, sql).await, 0, "{table}");
    }
    // Nor does anything serve it.
    for address in [
        "/gallery",
        "/",
        "/create",
        "/library",
        "/following",
        "/likes",
    ] {
        assert!(!sam.get(address).await.text.contains(&word), "{address}");
    }
    assert!(!sam.sitemap().await.contains(&word));
}

/// What of a table's columns may hold words of people.
fn columns(table: &str) -> &'static str {
    match table {
        "users" => "name || email || COALESCE(draft, '') || COALESCE(handle, '') || profile_text",
        "images" => "prompt || pixels_sum || looks || held_by",
        "jobs" => "prompt",
        "invitations" => "note",
        "cases" => "rule || facts || erasing_act",
        "police_reports" => "id || authority || file_reference || words || picture",
        "appeals" => "words || answer",
        "mails" => "id",
        "styles" => "name || words_before || words_after",
        _ => "name",
    }
}
