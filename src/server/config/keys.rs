//! Every configuration key: its place in Leptos.toml, its environment
//! variable, what it is for. The one list behind the overrides, `imgc doctor`
//! and the test that Leptos.toml documents each.

/// The TOML value that an environment variable's text becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text itself.
    Text,
    /// A whole number or a decimal fraction.
    Number,
    /// Comma-separated texts.
    List,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its path below `[imgc]`.
    pub path: &'static str,
    /// The environment variable that overrides it.
    pub env: &'static str,
    /// The form of its value.
    pub kind: Kind,
    /// True if its value must never be shown.
    pub secret: bool,
    /// Its purpose, in one sentence.
    pub help: &'static str,
}

/// The source of a value in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// Leptos.toml, or the file named in its place.
    File,
    /// The environment variable.
    Environment,
}

/// A key and the value in force for it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The key.
    pub key: Key,
    /// The source of its value.
    pub origin: Origin,
    /// The value to show; secrets are replaced.
    pub shown: String,
}

const fn key(path: &'static str, env: &'static str, kind: Kind, help: &'static str) -> Key {
    Key {
        path,
        env,
        kind,
        secret: false,
        help,
    }
}

const fn secret(path: &'static str, env: &'static str, help: &'static str) -> Key {
    Key {
        path,
        env,
        kind: Kind::Text,
        secret: true,
        help,
    }
}

use Kind::{List, Number, Text};

/// Every key below `[imgc]`, but for `[[imgc.models]]`, whose form is the
/// catalogue's.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("public_url", "IMGC_PUBLIC_URL", Text, "The address people use, scheme and host; https outside this machine."),
    key("data_dir", "IMGC_DATA_DIR", Text, "The folder of the database, the spool and (by default) the objects."),
    key("contact", "IMGC_CONTACT", Text, "The e-mail address people write to about their rights."),
    key("erasure_ledger", "IMGC_ERASURE_LEDGER", Text, "The file that remembers who was erased; absent: in data_dir. Keep it out of backups. With database.url: `s3://bucket/prefix`; absent: in the objects' bucket."),
    secret("instance_key", "IMGC_INSTANCE_KEY", "The key of keyed hashes, 64 hexadecimal digits, the same on every node: needed with database.url, and only there. Else it is the file instance.key in data_dir."),
    key("admins", "IMGC_ADMINS", List, "The people who may open /admin: e-mail addresses, or sub: and their subject at the provider."),
    key("log_dir", "IMGC_LOG_DIR", Text, "A folder for the log as files, one a day, removed after 180 days; absent: standard output alone."),
    key("minimum_age", "IMGC_MINIMUM_AGE", Number, "The age in years a person states before the first picture."),
    key("trusted_proxies", "IMGC_TRUSTED_PROXIES", List, "Networks whose X-Forwarded-For is believed, as CIDR."),
    key("plain_http_hosts", "IMGC_PLAIN_HTTP_HOSTS", List, "Hosts of other services that may be spoken to by http://, such as a bucket beside this server; keys and pictures travel unencrypted."),
    key("log_format", "IMGC_LOG_FORMAT", Text, "`text` for people, `json` for machines."),
    key("log_filter", "IMGC_LOG_FILTER", Text, "What is logged, in the syntax of tracing's EnvFilter."),
    key("catalogue.enabled", "IMGC_CATALOGUE_ENABLED", List, "The model ids to offer; empty offers all."),
    key("catalogue.default", "IMGC_CATALOGUE_DEFAULT", Text, "The model id a fresh form starts with."),
    key("oidc.issuer", "IMGC_OIDC_ISSUER", Text, "The OpenID provider."),
    key("oidc.client_id", "IMGC_OIDC_CLIENT_ID", Text, "The client id the provider gave."),
    secret("oidc.client_secret", "IMGC_OIDC_CLIENT_SECRET", "The client secret the provider gave."),
    key("oidc.email_verified", "IMGC_OIDC_EMAIL_VERIFIED", Text, "`required`, or `assumed` for a provider that says nothing of it and vouches for every address."),
    key("oidc.avatar_hosts", "IMGC_OIDC_AVATAR_HOSTS", List, "Hosts people's pictures may be fetched from at sign-in."),
    key("sign_up.mode", "IMGC_SIGN_UP_MODE", Text, "Who may open an account: `open` (anybody), `invitation`, `list` or `closed`. Whoever has one, and the admins, get in whatever it says."),
    key("sign_up.list", "IMGC_SIGN_UP_LIST", List, "With `list`: e-mail addresses, and domains with every address directly in them."),
    secret("openai.api_key", "IMGC_OPENAI_API_KEY", "The image API's key."),
    key("openai.base_url", "IMGC_OPENAI_BASE_URL", Text, "The image API, or a compatible gateway."),
    key("openai.timeout_s", "IMGC_OPENAI_TIMEOUT_S", Number, "Seconds one answer may take."),
    key("openai.result_hosts", "IMGC_OPENAI_RESULT_HOSTS", List, "Hosts results may be fetched from where an API answers with addresses."),
    key("database.url", "IMGC_DATABASE_URL", Text, "The address of the gateway to Cloudflare D1, for many nodes; absent: a file in data_dir, for one."),
    secret("database.secret", "IMGC_DATABASE_SECRET", "The secret that the gateway asks for."),
    key("database.history_days", "IMGC_DATABASE_HISTORY_DAYS", Number, "Days for which the database's provider keeps what was deleted, at most 30, as D1 does; they shorten the days in which a closed account may come back."),
    key("objects.url", "IMGC_OBJECTS_URL", Text, "`s3://bucket` or `s3://bucket/prefix`; absent: a folder below data_dir."),
    key("objects.endpoint", "IMGC_OBJECTS_ENDPOINT", Text, "The S3 service's address, for R2 and others than AWS."),
    key("objects.region", "IMGC_OBJECTS_REGION", Text, "The S3 region; `auto` for R2."),
    key("objects.access_key_id", "IMGC_OBJECTS_ACCESS_KEY_ID", Text, "The S3 key's id."),
    secret("objects.secret_access_key", "IMGC_OBJECTS_SECRET_ACCESS_KEY", "The S3 key."),
    key("jobs.concurrency", "IMGC_JOBS_CONCURRENCY", Number, "Jobs that run at once in all."),
    key("jobs.per_person", "IMGC_JOBS_PER_PERSON", Number, "Jobs of one person that run at once."),
    key("jobs.partials", "IMGC_JOBS_PARTIALS", Number, "Partial pictures asked for while a picture is made, 0 to 3; each is paid for."),
    key("jobs.attempts", "IMGC_JOBS_ATTEMPTS", Number, "How often a job asks an API that is busy."),
    key("jobs.lease_s", "IMGC_JOBS_LEASE_S", Number, "Seconds after which a silent node's jobs are taken over."),
    key("jobs.drain_s", "IMGC_JOBS_DRAIN_S", Number, "Seconds that requests and jobs under way have when the server is told to end."),
    key("limits.pictures_per_day", "IMGC_LIMITS_PICTURES_PER_DAY", Number, "Pictures a person may make a day (UTC)."),
    key("limits.active_jobs", "IMGC_LIMITS_ACTIVE_JOBS", Number, "Unfinished requests a person may have, however many pictures each asks for."),
    key("limits.spend_per_day_usd", "IMGC_LIMITS_SPEND_PER_DAY_USD", Number, "Dollars the whole service may spend a day (UTC)."),
    key("limits.person_spend_per_month_usd", "IMGC_LIMITS_PERSON_SPEND_PER_MONTH_USD", Number, "Dollars a person may spend a calendar month (UTC); absent: no such limit. 0: nothing, but for those whom /admin/people allows more."),
    key("limits.requests_per_minute", "IMGC_LIMITS_REQUESTS_PER_MINUTE", Number, "Requests an address may make a minute."),
    key("limits.sign_ins_per_minute", "IMGC_LIMITS_SIGN_INS_PER_MINUTE", Number, "Sign-ins an address may begin a minute."),
    key("limits.jobs_per_minute", "IMGC_LIMITS_JOBS_PER_MINUTE", Number, "Requests a person may send a minute, however many pictures each asks for."),
    key("limits.reports_per_minute", "IMGC_LIMITS_REPORTS_PER_MINUTE", Number, "Reports, notices and orders an address may send a minute."),
    key("limits.sign_ins_per_minute_in_all", "IMGC_LIMITS_SIGN_INS_PER_MINUTE_IN_ALL", Number, "Sign-ins that may begin a minute, from wherever."),
    key("limits.reports_per_minute_in_all", "IMGC_LIMITS_REPORTS_PER_MINUTE_IN_ALL", Number, "Reports, notices and orders taken a minute, from wherever."),
    key("connections.most", "IMGC_CONNECTIONS_MOST", Number, "Connections in all; absent: what the limit of open files leaves room for, at most 4096."),
    key("connections.per_address", "IMGC_CONNECTIONS_PER_ADDRESS", Number, "Connections of one address; trusted proxies may have any number."),
    key("connections.head_s", "IMGC_CONNECTIONS_HEAD_S", Number, "Seconds for the head of a request."),
    key("connections.body_s", "IMGC_CONNECTIONS_BODY_S", Number, "Seconds for each 8 KiB of a request's body."),
    key("connections.idle_s", "IMGC_CONNECTIONS_IDLE_S", Number, "Seconds between two requests of a connection."),
    key("connections.write_s", "IMGC_CONNECTIONS_WRITE_S", Number, "Seconds in which a client must take the next 16 KiB of an answer."),
    key("cache.pages_mb", "IMGC_CACHE_PAGES_MB", Number, "Mebibytes of memory for finished public pages; 0 keeps none."),
    key("cache.pictures_mb", "IMGC_CACHE_PICTURES_MB", Number, "Mebibytes of memory for renditions of published pictures; 0 keeps none."),
    key("operator.name", "IMGC_OPERATOR_NAME", Text, "Who runs the service and answers for it: a person or a company."),
    key("operator.address", "IMGC_OPERATOR_ADDRESS", Text, "Their postal address, for the legal notice."),
    key("operator.hosting", "IMGC_OPERATOR_HOSTING", Text, "Who hosts the server: name, address, country."),
    key("operator.authority", "IMGC_OPERATOR_AUTHORITY", Text, "The data protection authority people may complain to."),
    key("operator.authority_url", "IMGC_OPERATOR_AUTHORITY_URL", Text, "Where its form for complaints is."),
    key("operator.authority_contact", "IMGC_OPERATOR_AUTHORITY_CONTACT", Text, "The e-mail address authorities write to; absent: `contact`, as for everybody."),
    key("operator.contact_languages", "IMGC_OPERATOR_CONTACT_LANGUAGES", List, "The languages in which you can be written to; absent: French and English."),
    key("operator.processors", "IMGC_OPERATOR_PROCESSORS", List, "`host = company; country` for each service imgc does not know by itself."),
    key("analytics.cloudflare_token", "IMGC_ANALYTICS_CLOUDFLARE_TOKEN", Text, "Turns Cloudflare Web Analytics on, which the policy then names; absent: nobody but the server counts."),
    key("backup.dir", "IMGC_BACKUP_DIR", Text, "The folder of the backups, best on another disk; absent: below data_dir."),
    key("backup.recipient", "IMGC_BACKUP_RECIPIENT", Text, "The age key (its public half, age1…) that backups are encrypted for; `imgc backup-key` makes one."),
    key("metrics.listen", "IMGC_METRICS_LISTEN", Text, "The address and port of /metrics, for Prometheus, apart from the site's and best 127.0.0.1; absent: none."),
    key("mail.host", "IMGC_MAIL_HOST", Text, "The mail host that mails are handed to (SMTP); absent: no mail is sent."),
    key("mail.port", "IMGC_MAIL_PORT", Number, "Its port; absent: 587 for starttls, 465 for tls, 25 for none."),
    key("mail.security", "IMGC_MAIL_SECURITY", Text, "`starttls`, `tls` from the first byte, or `none` for a mail host on this machine."),
    key("mail.user", "IMGC_MAIL_USER", Text, "The name that the mail host asks for; absent: it asks for none."),
    secret("mail.password", "IMGC_MAIL_PASSWORD", "The password that the mail host asks for."),
    key("mail.from", "IMGC_MAIL_FROM", Text, "The e-mail address that mails come from."),
    key("demo.port", "IMGC_DEMO_PORT", Number, "The port of the demo's provider and painter; absent: one above the site's."),
    key("demo.pace_ms", "IMGC_DEMO_PACE_MS", Number, "Milliseconds the painter takes to seem thoughtful."),
    key("demo.painted_pixels", "IMGC_DEMO_PAINTED_PIXELS", Number, "The pixels of a picture the painter really paints, at most; larger ones are scaled up. Less is quicker and softer."),
];

/// Overlays the environment on the file's table and reports what is in force.
/// An empty variable counts as absent; `defaults` says what holds where nothing is set.
pub(super) fn overlay(
    table: &mut toml::Table,
    defaults: &toml::Table,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Setting>, Vec<String>> {
    let mut settings = Vec::with_capacity(KEYS.len());
    let mut problems = Vec::new();
    for key in KEYS {
        let mut origin = if lookup(table, key.path).is_some() {
            Origin::File
        } else {
            Origin::Default
        };
        if let Some(text) = env(key.env).filter(|t| !t.is_empty()) {
            match parse(key.kind, &text) {
                Some(value) => {
                    set(table, key.path, value);
                    origin = Origin::Environment;
                }
                None => problems.push(format!("{}: not a number", key.env)),
            }
        }
        settings.push(Setting {
            key: *key,
            origin,
            shown: shown(
                key,
                lookup(table, key.path).or_else(|| lookup(defaults, key.path)),
            ),
        });
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

fn shown(key: &Key, value: Option<&toml::Value>) -> String {
    match value {
        None => "(not set)".into(),
        Some(_) if key.secret => "(set, hidden)".into(),
        Some(toml::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn parse(kind: Kind, text: &str) -> Option<toml::Value> {
    match kind {
        Text => Some(toml::Value::String(text.into())),
        Number => text
            .parse::<i64>()
            .map(toml::Value::Integer)
            .or_else(|_| text.parse::<f64>().map(toml::Value::Float))
            .ok(),
        List => Some(toml::Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(|t| toml::Value::String(t.into()))
                .collect(),
        )),
    }
}

fn lookup<'t>(table: &'t toml::Table, path: &str) -> Option<&'t toml::Value> {
    match path.split_once('.') {
        None => table.get(path),
        Some((head, rest)) => lookup(table.get(head)?.as_table()?, rest),
    }
}

fn set(table: &mut toml::Table, path: &str, value: toml::Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.into(), value);
        }
        Some((head, rest)) => {
            let entry = table
                .entry(head)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(inner) = entry.as_table_mut() {
                set(inner, rest, value);
            }
        }
    }
}
