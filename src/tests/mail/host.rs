//! A mail host on loopback, as small as these tests need one: it speaks SMTP, keeps what
//! it takes, and refuses what it is told to refuse.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running mail host; it ends when it is dropped.
pub struct MailHost {
    pub port: u16,
    inner: Arc<Mutex<Inner>>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    taken: Vec<Mail>,
    /// Every line that was said to it.
    said: Vec<String>,
    /// What it answers to a recipient, by the beginning of the address.
    refused: HashMap<String, &'static str>,
    /// Name and password, where it asks for them.
    credentials: Option<(&'static str, &'static str)>,
}

/// A mail that it took.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// The fields of the head, unfolded and decoded, in their order.
    pub head: Vec<(String, String)>,
    pub body: String,
}

impl Mail {
    /// A field of the head, which is there once.
    pub fn field(&self, name: &str) -> &str {
        let mut found = self.head.iter().filter(|(known, _)| known == name);
        let (_, value) = found
            .next()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }
}

impl MailHost {
    /// A port that nobody listens on.
    pub async fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    }

    /// Starts one on any port.
    pub async fn start() -> MailHost {
        MailHost::start_on(0, None).await
    }

    /// Starts one on this port, which asks for name and password where they are given.
    pub async fn start_on(
        port: u16,
        credentials: Option<(&'static str, &'static str)>,
    ) -> MailHost {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Mutex::new(Inner {
            credentials,
            ..Inner::default()
        }));
        let kept = inner.clone();
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    let _ = converse(stream, kept).await;
                });
            }
        });
        MailHost {
            port,
            inner,
            running,
        }
    }

    /// The mails that it took.
    pub fn taken(&self) -> Vec<Mail> {
        self.inner.lock().unwrap().taken.clone()
    }

    /// The only mail that it took for this address.
    pub fn only_to(&self, address: &str) -> Mail {
        let taken = self.taken();
        let mut found = taken.iter().filter(|mail| mail.to == [address]);
        let mail = found
            .next()
            .unwrap_or_else(|| panic!("none to {address}: {taken:?}"));
        assert!(found.next().is_none(), "several to {address}: {taken:?}");
        mail.clone()
    }

    /// Forgets what it took.
    pub fn forget(&self) {
        self.inner.lock().unwrap().taken.clear();
    }

    /// Every line that was said to it.
    pub fn said(&self) -> Vec<String> {
        self.inner.lock().unwrap().said.clone()
    }

    /// From now on it answers so to recipients that begin with this; no longer where the
    /// answer is `None`.
    pub fn refuse(&self, beginning: &str, answer: Option<&'static str>) {
        let refused = &mut self.inner.lock().unwrap().refused;
        match answer {
            Some(answer) => drop(refused.insert(beginning.to_owned(), answer)),
            None => drop(refused.remove(beginning)),
        }
    }
}

impl Drop for MailHost {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn converse(stream: TcpStream, inner: Arc<Mutex<Inner>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let credentials = inner.lock().unwrap().credentials;
    let mut known = credentials.is_none();
    let (mut from, mut to) = (String::new(), Vec::new());
    writer.write_all(b"220 mail.example ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        inner.lock().unwrap().said.push(line.clone());
        let word = line.split(' ').next().unwrap_or_default();
        let answer = match word.to_ascii_uppercase().as_str() {
            "EHLO" if credentials.is_some() => "250-mail.example\r\n250 AUTH PLAIN".to_owned(),
            "EHLO" => "250 mail.example".to_owned(),
            "AUTH" => {
                let wanted = credentials.map(|(user, password)| format!("\0{user}\0{password}"));
                let sent = line.split(' ').nth(2).unwrap_or_default();
                let sent = STANDARD.decode(sent).unwrap_or_default();
                known = wanted.is_some_and(|wanted| wanted.as_bytes() == sent);
                match known {
                    true => "235 welcome".to_owned(),
                    false => "535 5.7.8 who are you?".to_owned(),
                }
            }
            "MAIL" if !known => "530 5.7.0 say who you are".to_owned(),
            "MAIL" => {
                (from, to) = (address(&line), Vec::new());
                "250 well".to_owned()
            }
            "RCPT" => {
                let asked = address(&line);
                let refused = inner.lock().unwrap().refused.clone();
                let refused = refused.iter().find(|(start, _)| asked.starts_with(*start));
                match refused {
                    Some((_, answer)) => (*answer).to_owned(),
                    None => {
                        to.push(asked);
                        "250 well".to_owned()
                    }
                }
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut text = Vec::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    text.push(line.strip_prefix('.').unwrap_or(&line).to_owned());
                }
                let mail = read(&from, &to, &text);
                inner.lock().unwrap().taken.push(mail);
                "250 taken".to_owned()
            }
            "NOOP" | "RSET" => "250 well".to_owned(),
            "QUIT" => {
                writer.write_all(b"221 goodbye\r\n").await?;
                return Ok(());
            }
            _ => "502 what?".to_owned(),
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}

fn read(from: &str, to: &[String], text: &[String]) -> Mail {
    let end = text.iter().position(String::is_empty).unwrap();
    let mut head: Vec<(String, String)> = Vec::new();
    for line in &text[..end] {
        match line.strip_prefix([' ', '\t']) {
            Some(more) => {
                let (_, value) = head.last_mut().unwrap();
                value.push(' ');
                value.push_str(more);
            }
            None => {
                let (name, value) = line.split_once(": ").unwrap();
                head.push((name.to_ascii_lowercase(), value.to_owned()));
            }
        }
    }
    for (_, value) in &mut head {
        *value = words(value);
    }
    let encoding = head
        .iter()
        .find(|(name, _)| name == "content-transfer-encoding");
    let encoding = encoding.map_or("7bit", |(_, value)| value.as_str());
    let lines = text[end + 1..].join("\n");
    let body = match encoding {
        "7bit" => lines,
        "quoted-printable" => quoted(&lines.replace("=\n", "")),
        "base64" => {
            let bytes = STANDARD.decode(lines.replace('\n', "")).unwrap();
            String::from_utf8(bytes).unwrap()
        }
        other => panic!("{other}"),
    };
    Mail {
        from: from.to_owned(),
        to: to.to_vec(),
        head,
        body: body.replace('\r', ""),
    }
}

/// A field's value with its encoded words read (RFC 2047, base64).
fn words(value: &str) -> String {
    let mut read = String::new();
    let mut rest = value;
    let mut was_encoded = false;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").unwrap();
        // White space between two encoded words is none.
        if !(was_encoded && before.trim().is_empty()) {
            read.push_str(before);
        }
        let bytes = STANDARD.decode(word).unwrap();
        read.push_str(&String::from_utf8(bytes).unwrap());
        (rest, was_encoded) = (after, true);
    }
    read.push_str(rest);
    read
}

fn quoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'=' && after.len() >= 2 {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
