//! Cases that are passed to the police, and the sealed copies that are kept of them.

use crate::{
    harness::{Browser, Page, Server},
    notices::{case, count, decide, published, report},
    rights,
};
use imgc::{
    housekeeping,
    model::limits::{DAY_MS, FRESH_SIGN_IN_MS, SEALED_MS},
    server::objects::ObjectKey,
    store::Statement,
};

const ADMINS: (&str, &str) = (
    "IMGC_ADMINS",
    "mina.okafor@example.com, sam.rivera@example.com",
);
const LANG: (&str, &str) = ("lang", "en");
const COPIES: &str = "SELECT COUNT(*) AS n FROM sealed_copies";
const OPENED: &str = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'sealed copy opened'";

async fn pass(admin: &mut Browser, case: &str, offence: &str, words: &str) -> Page {
    let fields = [
        ("id", case),
        ("offence", offence),
        ("authority", "Federal police"),
        ("file_reference", "AZ 12/26"),
        ("words", words),
        LANG,
    ];
    admin.post("/api/admin_police", &fields).await
}

async fn sealed(server: &Server) -> Vec<String> {
    let mut keys = server.objects().await;
    keys.retain(|key| key.contains("sealed"));
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_passed_on_and_only_what_the_law_has_kept_is_sealed() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    report(&server, &id, "fraud").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    let address = format!("/admin/cases/{number}");
    // Nobody else, nothing without a reason, nothing of an unknown kind.
    let refused = pass(&mut ada, &number, "other", "x").await;
    assert!(refused.refusal().contains("not_found"));
    let refused = pass(&mut mina, &number, "other", " ").await;
    assert!(refused.location().contains("error="));
    let refused = pass(&mut mina, &number, "theft", "x").await;
    assert!(refused.location().contains("error="));
    let noted = "SELECT COUNT(*) AS n FROM police_reports";
    assert_eq!(count(&server, noted).await, 0);
    let told = pass(&mut mina, &number, "other", "They asked for it.").await;
    assert_eq!(told.location(), address);
    let page = mina.get(&address).await.text;
    for words in ["Federal police", "AZ 12/26", "They asked for it."] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(count(&server, COPIES).await, 0);
    assert_eq!(sealed(&server).await, Vec::<String>::new());
    let acts = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'passed to the police'";
    assert_eq!(count(&server, acts).await, 1);
    // An old sign-in passes nothing on.
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let told = pass(&mut mina, &number, "terrorism", "x").await;
    assert!(told.refusal().contains("fresh_sign_in_needed"));
    assert_eq!(count(&server, noted).await, 1);
}

/// Opens the only sealed copy there is.
async fn unsealed(server: &Server, admin: &mut Browser) -> Vec<u8> {
    let keys = sealed(server).await;
    let [key] = keys.as_slice() else {
        panic!("{keys:?}");
    };
    let address = format!("/admin/sealed/{}", key.rsplit('/').next().unwrap());
    let reasons = [
        ("authority", "Federal police"),
        ("file_reference", "AZ 12/26"),
        ("reason", "An order of the court."),
    ];
    let request = admin.form(&address, &reasons);
    let opened = admin.send(request).await;
    assert_eq!(opened.status().as_u16(), 200);
    opened.bytes().await.unwrap().to_vec()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    let word = word.as_bytes();
    bytes.windows(word.len()).any(|part| part == word)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_is_one_and_one_that_is_refused_is_not_lost() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    report(&server, &id, "terrorism").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    let address = format!("/admin/cases/{number}");
    // Refused for an old sign-in: everything is there when she comes back.
    server.state.clock.advance_ms(FRESH_SIGN_IN_MS + 1000);
    let told = pass(&mut mina, &number, "threat_to_life", "They named a day.").await;
    assert!(told.refusal().contains("fresh_sign_in_needed"));
    mina.sign_in("Mina Okafor").await;
    let page = mina.get(&address).await.text;
    for words in [
        "They named a day.",
        "AZ 12/26",
        "Federal police",
        "<details open",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let chosen = page.split("value=\"threat_to_life\"").nth(1).unwrap();
    assert!(chosen.split('>').next().unwrap().contains("checked"));

    // Twice at once, and once more by a page that was left open.
    let mut again = server.browser();
    again.cookies = mina.cookies.clone();
    let twice = tokio::join!(
        pass(&mut mina, &number, "threat_to_life", "They named a day."),
        pass(&mut again, &number, "threat_to_life", "They named a day."),
    );
    for told in [twice.0, twice.1] {
        assert_eq!(told.location(), address);
    }
    let told = pass(&mut mina, &number, "threat_to_life", " They named a day.\n").await;
    assert_eq!(told.location(), address);
    let noted = "SELECT COUNT(*) AS n FROM police_reports";
    let acts = "SELECT COUNT(*) AS n FROM admin_acts WHERE act = 'passed to the police'";
    for sql in [noted, acts, COPIES] {
        assert_eq!(count(&server, sql).await, 1, "{sql}");
    }
    assert_eq!(sealed(&server).await.len(), 1);
    assert!(holds(
        &unsealed(&server, &mut mina).await,
        "They named a day."
    ));
    let page = mina.get(&address).await.text;
    assert!(!page.contains("<details open"), "the form is empty again");
    // Other words are another.
    pass(&mut mina, &number, "threat_to_life", "They named a place.").await;
    assert_eq!(count(&server, noted).await, 2);
    assert_eq!(sealed(&server).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_copy_holds_every_report_and_says_where_its_picture_is() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    report(&server, &id, "terrorism").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    let address = format!("/admin/cases/{number}");
    let more =
        "INSERT INTO notices (id, case_id, reason, explanation, name, email, signature, created_at)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 130)
        SELECT 'more ' || n, ?1, 'hate', 'no ' || n || ' of many', 'Nora', 'nora@example.org', '', 1
        FROM n";
    let more = Statement::new(more).bind(number.as_str());
    server.state.db.write(more).await.unwrap();
    // A store without the original: not silent, and in no way an empty copy.
    let key = || ObjectKey::Original {
        image: &id,
        format: "png",
    };
    let original = server.state.objects.read(key()).await.unwrap();
    let gone = server.state.objects.delete(&key().path()).await;
    assert!(gone.is_ok(), "{gone:?}");
    pass(&mut mina, &number, "terrorism", "First.").await;
    let page = mina.get(&address).await.text;
    assert!(page.contains("missing from the object store"), "{page}");
    let copy = unsealed(&server, &mut mina).await;
    for word in [
        "no 1 of many",
        "no 130 of many",
        "it shows my aunt",
        "\"missing\"",
    ] {
        assert!(holds(&copy, word), "{word}");
    }
    assert!(!holds(&copy, "original.png"));

    // It is back: other words make another copy, with it.
    server.state.objects.put(key(), original).await.unwrap();
    let before = sealed(&server).await;
    pass(&mut mina, &number, "terrorism", "Second.").await;
    let mut after = sealed(&server).await;
    after.retain(|key| !before.contains(key));
    let copy = after[0].rsplit('/').next().unwrap();
    let whole = "SELECT COUNT(*) AS n FROM police_reports WHERE picture = 'sealed'";
    assert_eq!(count(&server, whole).await, 1, "{copy}");
    // Its owner deletes it: what is known is sealed, and the page says that it is all.
    let trash = [("ids[]", id.as_str()), ("action", "trash"), LANG];
    ada.post("/api/change", &trash).await;
    ada.post("/api/delete", &[("id", &id), LANG]).await;
    pass(&mut mina, &number, "terrorism", "Third.").await;
    for (path, words) in [
        (address.clone(), "its owner had deleted it before"),
        (
            format!("/fr{address}"),
            "son propriétaire l’avait supprimée",
        ),
    ] {
        let page = mina.get(&path).await.text;
        assert!(page.contains(words), "{path}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_copy_is_opened_for_an_authority_alone_and_goes_by_itself() {
    let server = Server::start(&[ADMINS]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = published(&mut ada).await;
    report(&server, &id, "terrorism").await;
    let mut mina = server.signed_in("Mina Okafor").await;
    let number = case(&mut mina).await;
    pass(&mut mina, &number, "threat_to_life", "A threat.").await;
    assert_eq!(count(&server, COPIES).await, 1);
    let keys = sealed(&server).await;
    let [key] = keys.as_slice() else {
        panic!("{keys:?}");
    };
    let copy = key.rsplit('/').next().unwrap().to_owned();
    // The store has nothing that anybody could read.
    let kept = server.state.objects.get_at(&format!("sealed/{copy}")).await;
    let kept = kept.unwrap();
    for word in [&b"\x89PNG"[..], b"facts.json", b"Ada Martin", id.as_bytes()] {
        assert!(!kept.windows(word.len()).any(|part| part == word));
    }
    decide(&mut mina, &number, "withdrawn", "suspend").await;
    ada.sign_in("Ada Martin").await;
    let receipt = rights::close(&mut ada, "now").await;
    let mut stranger = server.browser();
    rights::until_receipt_says(&mut stranger, &receipt, "Every file erased").await;
    server.state.clock.advance_ms(3 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(sealed(&server).await, keys, "erasing leaves it");
    let noted = "SELECT COUNT(*) AS n FROM police_reports";
    assert_eq!(
        count(&server, noted).await,
        0,
        "the case has gone with the account"
    );

    let address = format!("/admin/sealed/{copy}");
    let reasons = [
        ("authority", "Federal police"),
        ("file_reference", "AZ 12/26"),
        ("reason", "An order of the court."),
    ];
    let mut nobody = server.signed_in("Jo Lindqvist").await;
    for reader in [&mut stranger, &mut nobody] {
        assert_eq!(reader.post(&address, &reasons).await.status, 404);
        assert_ne!(reader.get(&address).await.status, 200);
        assert_ne!(
            reader.get(&format!("/media/sealed/{copy}")).await.status,
            200
        );
    }
    // An old sign-in, and no reason, open nothing.
    let old = mina.post(&address, &reasons).await;
    assert_ne!(old.status, 200);
    mina.sign_in("Mina Okafor").await;
    for left_out in 0..3 {
        let mut some = reasons;
        some[left_out].1 = " ";
        assert_ne!(mina.post(&address, &some).await.status, 200);
    }
    assert_eq!(count(&server, OPENED).await, 0);
    let page = mina.get("/admin").await.text;
    assert!(page.contains(&address), "{page}");
    let request = mina.form(&address, &reasons);
    let opened = mina.send(request).await;
    assert_eq!(opened.status().as_u16(), 200);
    assert_eq!(opened.headers()["cache-control"], "private, no-store");
    let opened = opened.bytes().await.unwrap();
    for word in [&b"\x89PNG"[..], b"facts.json", b"Ada Martin", id.as_bytes()] {
        assert!(opened.windows(word.len()).any(|part| part == word));
    }
    assert_eq!(count(&server, OPENED).await, 1);

    // An order makes it longer, once.
    let order = [("id", copy.as_str()), reasons[0], reasons[1], LANG];
    let unreasoned = [("id", copy.as_str()), LANG];
    let refused = mina.post("/api/admin_sealed_longer", &unreasoned).await;
    assert!(refused.location().contains("error="));
    let done = mina.post("/api/admin_sealed_longer", &order).await;
    assert_eq!(done.location(), "/admin#sealed");
    let again = mina.post("/api/admin_sealed_longer", &order).await;
    assert!(again.refusal().contains("too_late"));
    server.state.clock.advance_ms(2 * SEALED_MS - 4 * DAY_MS);
    housekeeping::round(&server.state).await;
    assert_eq!(sealed(&server).await, keys);
    server.state.clock.advance_ms(2 * DAY_MS);
    mina.sign_in("Mina Okafor").await;
    // Its time is over, whether or not it is there.
    assert_eq!(mina.post(&address, &reasons).await.status, 404);
    housekeeping::round(&server.state).await;
    assert_eq!(count(&server, COPIES).await, 0);
    assert_eq!(sealed(&server).await, Vec::<String>::new());
}
