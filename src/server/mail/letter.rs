//! The words of a mail: what happened in a sentence or two, the page that tells the rest,
//! and why its reader gets it. Nothing that a stranger typed is in it, and nobody's name.

use crate::{
    i18n::{self, Locale, td_string},
    routes::{self, Route},
    server::{
        AppState,
        config::{MailHost, mailbox},
        invitations,
    },
    store::mail::{Kind, Mail},
    ui::format,
};
use lettre::{
    Address, Message,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

/// A mail that is ready to be handed over.
pub(super) struct Letter {
    /// Where it goes.
    pub(super) to: Address,
    /// Head and body.
    pub(super) message: Vec<u8>,
}

/// What its reader reads.
struct Words {
    subject: String,
    body: String,
    link: String,
    /// Why they get it.
    why: String,
}

/// Writes a mail; `None` where it cannot be addressed to anybody.
pub(super) fn write(state: &AppState, host: &MailHost<'_>, mail: &Mail) -> Option<Letter> {
    let locale = i18n::from_code(&mail.language);
    let site = state.config.public_host();
    let words = words(state, locale, &site, mail)?;
    let to: Address = mailbox(&mail.address)?.parse().ok()?;
    let from: Address = host.from.parse().ok()?;
    let id = format!("<{}@{}>", mail.id, from.domain());
    let contact = state.config.imgc.contact.as_deref();
    let contact = contact.and_then(mailbox).and_then(|text| text.parse().ok());
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(site), from))
        .to(Mailbox::new(None, to.clone()))
        .subject(words.subject)
        .message_id(Some(id))
        .date_now()
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", i18n::code(locale)));
    if let Some(contact) = contact {
        builder = builder.reply_to(Mailbox::new(None, contact));
    }
    let text = format!(
        "{}\r\n\r\n{}\r\n\r\n-- \r\n{}\r\n",
        words.body, words.link, words.why
    );
    let message = builder.singlepart(SinglePart::plain(text)).ok()?;
    Some(Letter {
        to,
        message: message.formatted(),
    })
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// What is told of an authority's order: that it came, or that it was answered.
fn of_order(locale: Locale, site: &str, kind: Kind, number: &str) -> (String, String) {
    match kind {
        Kind::OrderAnswered => (
            td_string!(locale, mail.order_answered_subject, site = site),
            td_string!(locale, mail.order_answered, site = site, number = number),
        ),
        _ => (
            td_string!(locale, mail.order_receipt_subject, site = site),
            td_string!(locale, mail.order_receipt, site = site, number = number),
        ),
    }
}

fn words(state: &AppState, locale: Locale, site: &str, mail: &Mail) -> Option<Words> {
    let at = |address: String| format!("{}{address}", state.config.public_origin());
    let link = |route: Route<'_>| at(route.address(locale));
    let notice = mail.notice_id.as_deref();
    let to_notice = |id: &str| link(Route::Notice(id));
    let why_notice = || td_string!(locale, mail.why_notice, site = site);
    let why_account = || td_string!(locale, mail.why_account, site = site);
    Some(match mail.kind {
        Kind::Receipt => {
            let number = notice?;
            Words {
                subject: td_string!(locale, mail.receipt_subject, site = site),
                body: td_string!(locale, mail.receipt, site = site, number = number),
                link: to_notice(number),
                why: why_notice(),
            }
        }
        Kind::NoticeDecided => {
            let number = notice?;
            Words {
                subject: td_string!(locale, mail.notice_decided_subject, site = site),
                body: td_string!(locale, mail.notice_decided, site = site, number = number),
                link: to_notice(number),
                why: why_notice(),
            }
        }
        Kind::Decided => Words {
            subject: td_string!(locale, mail.decided_subject, site = site),
            body: td_string!(locale, mail.decided, site = site),
            link: link(Route::Decisions),
            why: why_account(),
        },
        Kind::Suspended => Words {
            subject: td_string!(locale, mail.suspended_subject, site = site),
            body: td_string!(locale, mail.suspended, site = site),
            link: link(Route::Decisions),
            why: why_account(),
        },
        Kind::Answered => Words {
            subject: td_string!(locale, mail.answered_subject, site = site),
            body: td_string!(locale, mail.answered, site = site),
            link: notice.map_or_else(|| link(Route::Decisions), to_notice),
            why: notice.map_or_else(why_account, |_| why_notice()),
        },
        Kind::OrderReceipt | Kind::OrderAnswered => {
            let number = mail.order_id.as_deref()?;
            let (subject, body) = of_order(locale, site, mail.kind, number);
            Words {
                subject,
                body,
                link: at(routes::order(number).address(locale)),
                why: td_string!(locale, mail.why_order, site = site),
            }
        }
        Kind::Invitation => {
            let (id, ends_at_ms) = mail.invitation.as_ref()?;
            let date = format::date(locale, *ends_at_ms);
            Words {
                subject: td_string!(locale, mail.invitation_subject, site = site),
                body: td_string!(locale, mail.invitation, site = site, date = date),
                link: invitations::link_of(state, locale, id),
                why: td_string!(locale, mail.why_invitation, site = site),
            }
        }
    })
}
