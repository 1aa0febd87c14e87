//! Mail, where the configuration names a mail host: what is queued, in the batch that
//! makes what it tells of, and the task that sends it. Without a host nothing is queued.
//!
//! A queued mail says whom it is for and what it tells of, and nothing else: its words
//! are written when it is sent (`letter`), so that no row repeats them, none goes to an
//! address that its person has left, and none to anybody who has been erased.

mod letter;
mod sender;
pub mod smtp;

pub use sender::{Sent, given_up, round, run};

use super::{
    AppState,
    config::mailbox,
    invitations::{NotMade, Wish},
};
use crate::{
    i18n,
    store::{Statement, mail, notices::Written, orders::Order, reports::Act},
};

/// The kind under which receipts are counted by address.
const RECEIPTS: &str = "receipts";

/// Queues the receipt of a notice, in the language of its page. A stranger typed the
/// address, so that a few a day are sent to it and nothing that the stranger wrote.
pub fn of_notice(state: &AppState, written: &Written<'_>, lang: &str) -> Vec<Statement> {
    let Some(address) = counted(state, written.email) else {
        return Vec::new();
    };
    let language = i18n::code(i18n::from_code(lang));
    mail::receipt(written.id, &address, language, state.clock.now_ms())
}

/// Queues the receipt of an authority's order, as [`of_notice`] does: anybody can send one.
pub fn of_order(state: &AppState, order: &Order, lang: &str) -> Vec<Statement> {
    let Some(address) = counted(state, &order.email) else {
        return Vec::new();
    };
    let language = i18n::code(i18n::from_code(lang));
    mail::order_receipt(&order.id, &address, language, order.received_at_ms)
}

/// The keyed hash under which receipts to an address are counted; `None` where none can be
/// sent.
fn counted(state: &AppState, address: &str) -> Option<String> {
    let address = mailbox(address).filter(|_| state.config.sends_mail())?;
    Some(state.key.rate_name(RECEIPTS, &counted_as(&address)))
}

/// Queues that an authority's order was answered.
pub fn of_order_answer(state: &AppState, order_id: &str, act: &Act) -> Vec<Statement> {
    let sends = state.config.sends_mail().then_some(());
    let queued = sends.map(|()| mail::order_answered(order_id, &act.admin, act.at_ms));
    queued.into_iter().collect()
}

/// Queues that an account is erased for what reports said of it, by this act.
pub fn of_erasure(state: &AppState, case_id: &str, act_id: &str, now_ms: i64) -> Vec<Statement> {
    let sends = state.config.sends_mail().then_some(());
    let queued = sends.map(|()| mail::account_erased(case_id, act_id, now_ms));
    queued.into_iter().collect()
}

/// Queues that a report of an account that nobody knew was decided.
pub fn of_report(state: &AppState, report_id: &str, now_ms: i64) -> Vec<Statement> {
    let sends = state.config.sends_mail().then_some(());
    let queued = sends.map(|()| mail::report_decided(report_id, now_ms));
    queued.into_iter().collect()
}

/// Queues what is told of a decision: to the owner, and to whoever sent a notice.
pub fn of_decision(state: &AppState, case_id: &str, act_id: &str, now_ms: i64) -> Vec<Statement> {
    match state.config.sends_mail() {
        true => mail::decided(case_id, act_id, now_ms),
        false => Vec::new(),
    }
}

/// Queues what is told of an answer to an appeal, and of what it takes back.
pub fn of_answer(state: &AppState, appeal_id: &str, act: &Act) -> Vec<Statement> {
    match state.config.sends_mail() {
        true => mail::answered(appeal_id, &act.admin, act.at_ms),
        false => Vec::new(),
    }
}

/// Queues what is told of copies that a decision had withdrawn.
pub fn of_copies(state: &AppState, case_id: &str, now_ms: i64) -> Vec<Statement> {
    match state.config.sends_mail() {
        true => mail::copies_decided(case_id, now_ms),
        false => Vec::new(),
    }
}

/// Queues an invitation to the address that was asked for, if any was.
pub fn of_invitation(state: &AppState, id: &str, wish: &Wish) -> Result<Vec<Statement>, NotMade> {
    let Some((written, locale)) = &wish.mail else {
        return Ok(Vec::new());
    };
    if !state.config.sends_mail() {
        return Err(NotMade::NoMail);
    }
    let address = mailbox(written).ok_or(NotMade::NoAddress)?;
    let now_ms = state.clock.now_ms();
    let queued = mail::invited(id, &address, i18n::code(*locale), now_ms);
    Ok(vec![queued])
}

/// What an address is counted as: many hosts put what follows a plus sign, and dots
/// anywhere, into the same box.
fn counted_as(address: &str) -> String {
    let (person, at) = address.rsplit_once('@').unwrap_or((address, ""));
    let person = person.split('+').next().unwrap_or(person);
    let person = person.replace('.', "").to_ascii_lowercase();
    format!("{person}@{}", at.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::counted_as;

    #[test]
    fn other_ways_to_write_an_address_are_no_other_box() {
        let box_of = counted_as("ada@pictures.example");
        for other in ["A.da@pictures.example", "ada+1@Pictures.example"] {
            assert_eq!(counted_as(other), box_of);
        }
        assert_ne!(counted_as("bo@pictures.example"), box_of);
    }
}
