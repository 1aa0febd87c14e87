//! The conversation with the mail host, step by step, so that it is known what a refusal
//! is about: the host, whoever it knows us as, or one mail.

use crate::server::{
    AppState,
    config::{MailHost, MailSecurity},
    tls,
};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Noop, Rcpt},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::time::timeout;
use url::Host;

/// How long the host has for a step, and a connection to be made.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it has to say that it took a mail (RFC 5321, 4.5.3.2.6). Whoever asks again
/// before may have it sent twice.
const PATIENCE_AT_END: Duration = Duration::from_secs(600);

/// Why no mail, or not this one, was handed over.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no connection, or it broke.
    #[error("it cannot be reached: check mail.host, mail.port and this machine's way to it")]
    Unreachable,
    /// It took too long.
    #[error("it takes too long to answer: check mail.host, mail.port and mail.security")]
    Silent,
    /// No encrypted connection came about.
    #[error(
        "no encrypted connection comes about: does its certificate bear the name in mail.host, \
         and is mail.security what the port speaks?"
    )]
    Tls,
    /// It does not encrypt a connection that has begun in clear.
    #[error("it offers no STARTTLS, so that nothing was said to it: try mail.security = \"tls\"")]
    NoStartTls,
    /// It refuses who we say we are.
    #[error("it refuses the name and the password: check mail.user and mail.password")]
    Credentials,
    /// It refuses what the conversation begins with, or answers what nobody understands.
    #[error("it answers in no way that is understood, or wants no mail now ({0})")]
    Answer(String),
    /// It refuses to send in this name.
    #[error("it sends nothing in the name of mail.from ({0})")]
    Sender(String),
    /// It refuses this mail, for now or for good.
    #[error("it refuses a mail ({code})")]
    Mail {
        /// Its code.
        code: String,
        /// True where it says that it will always.
        lasting: bool,
    },
}

/// A connection over which mails can be handed over.
pub struct Connection {
    connection: AsyncSmtpConnection,
    from: Address,
}

impl Connection {
    /// Connects, encrypts and says who we are.
    pub async fn open(state: &AppState, host: &MailHost<'_>) -> Result<Connection, Trouble> {
        let opening = Connection::begin(state, host);
        let opened = timeout(PATIENCE * 2, opening).await;
        opened.unwrap_or(Err(Trouble::Silent))
    }

    async fn begin(state: &AppState, host: &MailHost<'_>) -> Result<Connection, Trouble> {
        let answer = || Trouble::Answer("mail.from".to_owned());
        let from: Address = host.from.parse().map_err(|_| answer())?;
        tls::install();
        let encryption = || TlsParameters::new(host.host.to_owned()).map_err(|_| Trouble::Tls);
        let at_once = match host.security {
            MailSecurity::Tls => Some(encryption()?),
            MailSecurity::Starttls | MailSecurity::None => None,
        };
        let hello = hello(state);
        let place = (host.host, host.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(place, Some(PATIENCE), &hello, at_once, None);
        let mut connection = connecting.await.map_err(|error| of_connection(&error))?;
        if host.security == MailSecurity::Starttls {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(Trouble::NoStartTls);
            }
            let encrypted = connection.starttls(encryption()?, &hello).await;
            encrypted.map_err(|_| Trouble::Tls)?;
        }
        if let Some((user, password)) = host.credentials {
            let password = password.expose_secret().to_owned();
            let credentials = Credentials::new(user.to_owned(), password);
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let known = connection.auth(&mechanisms, &credentials).await;
            known.map_err(|error| match error.is_transient() {
                true => Trouble::Answer(code(&error)),
                false => Trouble::Credentials,
            })?;
        }
        Ok(Connection { connection, from })
    }

    /// Asks for a sign of life.
    pub async fn check(&mut self) -> Result<(), Trouble> {
        let alive = self.connection.command(Noop);
        step(alive, |error| Trouble::Answer(code(error))).await
    }

    /// Hands a mail over. After an error the connection is of no more use.
    pub async fn send(&mut self, to: &Address, message: &[u8]) -> Result<(), Trouble> {
        let connection = &mut self.connection;
        let sender = Mail::new(Some(self.from.clone()), Vec::new());
        let in_whose_name = |error: &Error| match error.is_permanent() {
            true => Trouble::Sender(code(error)),
            false => Trouble::Answer(code(error)),
        };
        step(connection.command(sender), in_whose_name).await?;
        let recipient = Rcpt::new(to.clone(), Vec::new());
        step(connection.command(recipient), of_mail).await?;
        step(connection.command(Data), of_mail).await?;
        let handed_over = step_within(PATIENCE_AT_END, connection.message(message), of_mail).await;
        // It may have it: not at once again.
        handed_over.map_err(|trouble| match trouble {
            Trouble::Silent | Trouble::Unreachable => Trouble::Mail {
                code: "no answer at the end".to_owned(),
                lasting: false,
            },
            trouble => trouble,
        })
    }

    /// Takes leave.
    pub async fn quit(mut self) {
        let _ = timeout(PATIENCE, self.connection.quit()).await;
    }
}

/// A step of the conversation; an answer that is a refusal is judged by `refused`.
async fn step<T>(
    asked: impl Future<Output = Result<T, Error>>,
    refused: impl FnOnce(&Error) -> Trouble,
) -> Result<(), Trouble> {
    step_within(PATIENCE, asked, refused).await
}

async fn step_within<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, Error>>,
    refused: impl FnOnce(&Error) -> Trouble,
) -> Result<(), Trouble> {
    match timeout(patience, asked).await {
        Err(_) => Err(Trouble::Silent),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.status().is_some() => Err(refused(&error)),
        Ok(Err(error)) => Err(of_connection(&error)),
    }
}

fn of_mail(error: &Error) -> Trouble {
    let code = code(error);
    match code.as_str() {
        // It is closing the connection, whatever the mail.
        "421" => Trouble::Answer(code),
        _ => Trouble::Mail {
            code,
            lasting: error.is_permanent(),
        },
    }
}

fn of_connection(error: &Error) -> Trouble {
    if error.status().is_some() || error.is_response() {
        Trouble::Answer(code(error))
    } else if error.is_tls() {
        Trouble::Tls
    } else if error.is_timeout() {
        Trouble::Silent
    } else {
        Trouble::Unreachable
    }
}

/// The code of an answer; not its words, in which the address may stand.
fn code(error: &Error) -> String {
    let code = error.status().map(|code| code.to_string());
    code.unwrap_or_else(|| "no code".to_owned())
}

/// Whom we greet as: the site's name, where it has one.
fn hello(state: &AppState) -> ClientId {
    let url = state.config.imgc.public_url.as_ref();
    match url.and_then(|url| url.host()) {
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(Host::Ipv4(ip)) => ClientId::Ipv4(ip),
        Some(Host::Ipv6(ip)) => ClientId::Ipv6(ip),
        None => ClientId::default(),
    }
}
