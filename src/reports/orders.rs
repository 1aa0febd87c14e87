//! From an authority's order to cases with a clock of their own. Information is never
//! given by the service itself: such an order is kept, and answered by hand.

use super::{
    cases::{FULL_RETRY_AFTER_S, check_email},
    orders_api::AuthorityOrder,
};
use crate::{
    error::{AccountProblem, AppError},
    model::{
        folding::says_nothing,
        limits::{
            NOTICE_CHARS, OPEN_ORDERS_MAX, ORDER_LIST_CHARS, ORDER_PICTURES_MAX, PERSON_NAME_CHARS,
            RULE_CHARS,
        },
        notice::OrderKind,
        typed,
    },
    routes::{MEDIA, UNLISTED},
    server::{
        Context,
        kept_forms::{self, Typed},
        mail, secrets,
    },
    store::orders::{self, OfOrder, Order},
};
use std::collections::BTreeSet;

/// Keeps an order and returns its number.
pub async fn take(
    context: &Context,
    order: &AuthorityOrder,
    lang: &str,
) -> Result<String, AppError> {
    let state = &context.state;
    // Before anything of it is kept.
    if let Some(address) = context.client() {
        let waited = state.limits.report(state, address).await;
        waited.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    }
    let order = check(order, state.clock.now_ms())?;
    // Anybody can send the form: what comes in between cannot bury what is real for good.
    if orders::open(&state.db).await? >= i64::from(OPEN_ORDERS_MAX) {
        tracing::error!("an order was refused: too many wait for an answer");
        let retry_after_s = FULL_RETRY_AFTER_S;
        return Err(AppError::TooMany { retry_after_s });
    }
    let pictures = match order.kind {
        OrderKind::Information => Vec::new(),
        OrderKind::Terrorism | OrderKind::Removal => {
            let named = named_in(&order.pictures);
            orders::public_pictures(&state.db, &named).await?
        }
    };
    let new_id = || uuid::Uuid::now_v7().to_string();
    let pictures: Vec<OfOrder> = pictures
        .into_iter()
        .take(ORDER_PICTURES_MAX)
        .map(|image_id| OfOrder {
            id: secrets::random_slug(),
            case_id: new_id(),
            image_id,
        })
        .collect();
    let mails = mail::of_order(state, &order, lang);
    orders::insert(&state.db, &order, &pictures, mails).await?;
    state.statistics.count("order");
    tracing::error!(
        kind = order.kind.as_str(),
        "an authority's order has come: see /admin"
    );
    Ok(order.id)
}

/// What the addresses of a text name: ids of pictures, and the keys of public files.
fn named_in(text: &str) -> Vec<String> {
    let mut named = BTreeSet::new();
    for address in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let key = [MEDIA, UNLISTED]
            .iter()
            .find_map(|begins| path.split_once(begins));
        if let Some((_, key)) = key {
            named.extend(key.split('/').next().map(str::to_owned));
            continue;
        }
        let last = path.trim_end_matches('/').rsplit('/').next();
        if let Ok(id) = uuid::Uuid::parse_str(last.unwrap_or_default()) {
            named.insert(id.to_string());
        }
    }
    named.retain(|name| !name.is_empty());
    named.into_iter().take(ORDER_PICTURES_MAX).collect()
}

fn check(order: &AuthorityOrder, now_ms: i64) -> Result<Order, AppError> {
    let kind = OrderKind::parse(&order.kind).ok_or(AccountProblem::NoticeEmpty)?;
    let line = |text: &str, most: u32| -> Result<String, AppError> {
        let text = typed::line(text);
        match () {
            () if says_nothing(&text) => Err(AccountProblem::NoticeEmpty.into()),
            () if text.chars().count() > most as usize => Err(AccountProblem::NoticeTooLong.into()),
            () => Ok(text),
        }
    };
    let lines = |text: &str, most: u32| -> Result<String, AppError> {
        let text = typed::lines(text).trim().to_owned();
        match text.chars().count() > most as usize {
            true => Err(AccountProblem::NoticeTooLong.into()),
            false => Ok(text),
        }
    };
    let email = order.email.trim().to_owned();
    check_email(&email)?;
    if email.is_empty() {
        return Err(AccountProblem::ContactMissing.into());
    }
    let pictures = lines(&order.pictures, ORDER_LIST_CHARS)?;
    // Nothing can be removed that is not named.
    if kind != OrderKind::Information && says_nothing(&pictures) {
        return Err(AccountProblem::NoticeEmpty.into());
    }
    let words = lines(&order.words, NOTICE_CHARS)?;
    if says_nothing(&words) {
        return Err(AccountProblem::NoticeEmpty.into());
    }
    Ok(Order {
        id: secrets::random_slug(),
        kind,
        authority: line(&order.authority, RULE_CHARS)?,
        reference: line(&order.reference, RULE_CHARS)?,
        basis: line(&order.basis, RULE_CHARS)?,
        pictures,
        words,
        name: line(&order.name, PERSON_NAME_CHARS)?,
        email,
        received_at_ms: now_ms,
        due_at_ms: now_ms + kind.due_ms(),
        answered: None,
    })
}

/// Keeps what was typed into a form that is refused; the key by which its page finds it.
pub fn keep(context: &Context, order: &AuthorityOrder) -> String {
    let key = secrets::random_slug();
    let typed = Typed::new([
        ("kind", &order.kind),
        ("authority", &order.authority),
        ("reference", &order.reference),
        ("basis", &order.basis),
        ("pictures", &order.pictures),
        ("words", &order.words),
        ("name", &order.name),
        ("email", &order.email),
    ]);
    kept_forms::keep_of_stranger(&kept_key(&key), typed, context.state.clock.now_ms());
    key
}

/// What was typed into the form of this key.
pub(super) fn kept(context: &Context, key: &str) -> Typed {
    kept_forms::about(&kept_key(key), context.state.clock.now_ms())
}

fn kept_key(key: &str) -> String {
    format!("order:{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_however_they_are_named() {
        let id = "01930000-0000-7000-8000-000000000000";
        let text = format!(
            "https://pictures.example/fr/i/{id}?x=1\nhttps://pictures.example/media/Key_1-a/960.webp, {id}; nonsense"
        );
        assert_eq!(named_in(&text), [id, "Key_1-a"]);
        assert_eq!(named_in("/media/ https://pictures.example/"), [""; 0]);
        let many: Vec<String> = (0..90).map(|n| format!("/media/{n}/x")).collect();
        assert_eq!(named_in(&many.join(" ")).len(), ORDER_PICTURES_MAX);
    }
}
