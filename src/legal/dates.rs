//! When each legal page last changed: it is the day on which this instance
//! first showed other words, or the same words of another configuration.

use super::Document;
use crate::{
    i18n,
    model::{
        limits::{ABUSE_KEPT_MS, SEALED_TERRORISM_MS},
        retention::RetentionRule,
    },
    server::{
        config::{Config, processors},
        secrets,
    },
    store::{Db, DbError, legal},
};

/// Notes which texts are in force since now.
pub async fn note(db: &Db, config: &Config, now_ms: i64) -> Result<(), DbError> {
    for document in Document::ALL {
        let fingerprint = fingerprint(document, config);
        legal::in_force(db, document.section(), &fingerprint, now_ms).await?;
    }
    Ok(())
}

/// When a page last changed, in Unix milliseconds.
pub async fn changed_ms(db: &Db, document: Document) -> Result<i64, DbError> {
    let found = legal::changed_ms(db, document.section()).await?;
    found.ok_or(DbError::Shape)
}

/// A hash of everything the page is made from: its words in every language,
/// and what it says of the configuration.
fn fingerprint(document: Document, config: &Config) -> String {
    let mut text = String::new();
    for (code, file) in i18n::FILES {
        let words: serde_json::Value = serde_json::from_str(file).unwrap_or_default();
        let section = words.get(document.section());
        text.push_str(code);
        text.push_str(&section.map(ToString::to_string).unwrap_or_default());
        // Said only where the database keeps a history of its own.
        let history = words.get("history").filter(|_| config.is_shared());
        text.push_str(&history.map(ToString::to_string).unwrap_or_default());
        let held = words.get("held");
        text.push_str(&held.map(ToString::to_string).unwrap_or_default());
        // Said only where mail is sent.
        let mail = words.get("mail_policy").filter(|_| config.sends_mail());
        text.push_str(&mail.map(ToString::to_string).unwrap_or_default());
    }
    let imgc = &config.imgc;
    // What only nodes that share a database count, or only who sends mail keeps, is not in
    // others' texts.
    let is_said = |rule: &RetentionRule| match rule {
        RetentionRule::RateWindows => config.is_shared(),
        RetentionRule::Mails | RetentionRule::MailReceipts => config.sends_mail(),
        _ => true,
    };
    let mut periods: Vec<i64> = RetentionRule::ALL
        .into_iter()
        .filter(is_said)
        .map(|rule| config.kept_ms(rule))
        .chain([SEALED_TERRORISM_MS, ABUSE_KEPT_MS])
        .collect();
    if config.is_shared() {
        periods.push(config.copies_kept_ms());
    }
    text.push_str(&format!(
        "{:?} {:?} {:?} {} {} {:?} {:?} {:?}",
        imgc.operator,
        imgc.contact,
        processors::all(config),
        imgc.minimum_age,
        config.is_https(),
        imgc.analytics,
        config.sign_up_mode(),
        periods,
    ));
    secrets::sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(env: &[(&str, &str)]) -> Config {
        let read = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::from_parts("", &read).expect("usable")
    }

    #[tokio::test]
    async fn the_date_changes_when_the_text_does_and_only_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let first = config(&[]);
        note(&db, &first, 1000).await.expect("noted");
        note(&db, &first, 2000).await.expect("noted");
        let changed = async |document| changed_ms(&db, document).await.expect("a date");
        assert_eq!(changed(Document::Privacy).await, 1000);
        let second = config(&[("IMGC_MINIMUM_AGE", "15")]);
        note(&db, &second, 3000).await.expect("noted");
        assert_eq!(changed(Document::Privacy).await, 3000);
        let third = config(&[("IMGC_MINIMUM_AGE", "15"), ("IMGC_SIGN_UP_MODE", "closed")]);
        note(&db, &third, 4000).await.expect("noted");
        for document in [Document::Privacy, Document::Terms] {
            assert_eq!(changed(document).await, 4000);
        }
    }
}
