//! Everybody else who receives data: every host that the configuration makes the
//! server call, and the company behind it. The policy lists them; a host that
//! nobody named keeps a production from starting.

use super::{Config, INTERCEPTED_HOST};
use url::{Host, Url};

/// The reason a host is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in, with the provider's picture of the person.
    SignIn,
    /// Making pictures, and fetching results.
    Pictures,
    /// Keeping pictures and reference pictures.
    Objects,
    /// Keeping everything else: accounts, words, settings.
    Database,
    /// Counting visitors.
    Statistics,
    /// Handing mails to whom they are for.
    Mail,
}

/// The country in which a company handles what it receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Country {
    /// In the United States alone.
    Usa,
    /// A company in Ireland whose servers are also in the United States.
    IrelandAndUsa,
    /// As the operator wrote it.
    Written(String),
}

/// A host, or a pattern of hosts, and who is behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    /// A host name; `*.` in front stands for any host below.
    pub host: String,
    /// The company's name.
    pub company: String,
    /// The country in which it handles what it receives.
    pub country: Country,
    /// The reason it is called for.
    pub purpose: Purpose,
}

/// Hosts' endings and the companies behind them.
const KNOWN: [(&str, &str, Country); 11] = [
    ("google.com", "Google", Country::IrelandAndUsa),
    ("googleapis.com", "Google", Country::IrelandAndUsa),
    ("googleusercontent.com", "Google", Country::IrelandAndUsa),
    ("openai.com", "OpenAI", Country::IrelandAndUsa),
    ("oaiusercontent.com", "OpenAI", Country::IrelandAndUsa),
    ("windows.net", "Microsoft", Country::IrelandAndUsa),
    ("cloudflarestorage.com", "Cloudflare", Country::Usa),
    ("cloudflareinsights.com", "Cloudflare", Country::Usa),
    ("workers.dev", "Cloudflare", Country::Usa),
    (INTERCEPTED_HOST, "Cloudflare", Country::Usa),
    ("amazonaws.com", "Amazon Web Services", Country::Usa),
];

/// The host that Cloudflare Web Analytics' script comes from and reports to.
pub const CLOUDFLARE_ANALYTICS: &str = "static.cloudflareinsights.com";

/// Everybody who receives data. The demo sends none.
pub fn all(config: &Config) -> Vec<Processor> {
    let mut found: Vec<Processor> = Vec::new();
    for (host, purpose) in hosts(config) {
        let known = found.iter().any(|p| p.host == host && p.purpose == purpose);
        if let (false, Some((company, country))) = (known, named(config, &host)) {
            found.push(Processor {
                host,
                company,
                country,
                purpose,
            });
        }
    }
    found
}

/// Hosts that nobody has named.
pub fn unnamed(config: &Config) -> Vec<String> {
    let hosts = hosts(config).into_iter().map(|(host, _)| host);
    hosts.filter(|host| named(config, host).is_none()).collect()
}

/// Every host outside this machine and its own network that the server calls.
fn hosts(config: &Config) -> Vec<(String, Purpose)> {
    if config.demo {
        return Vec::new();
    }
    let imgc = &config.imgc;
    let mut hosts = Vec::new();
    let mut add = |host: Option<String>, purpose| {
        hosts.extend(host.map(|host| (host, purpose)));
    };
    add(outside(&imgc.oidc.issuer), Purpose::SignIn);
    for pattern in &imgc.oidc.avatar_hosts {
        add(Some(pattern.clone()), Purpose::SignIn);
    }
    add(outside(&imgc.openai.base_url), Purpose::Pictures);
    for pattern in &imgc.openai.result_hosts {
        add(Some(pattern.clone()), Purpose::Pictures);
    }
    match (&imgc.objects.url, &imgc.objects.endpoint) {
        (None, _) => {}
        (Some(_), Some(endpoint)) => add(outside(endpoint), Purpose::Objects),
        (Some(_), None) => add(Some("s3.amazonaws.com".to_owned()), Purpose::Objects),
    }
    if let Some(gateway) = &imgc.database.url {
        add(outside(gateway.as_str()), Purpose::Database);
    }
    if let Some(mail) = config.mail_host() {
        // In the form of an address, which tells names from addresses of the network.
        let name = match mail.host.contains(':') {
            true => format!("https://[{}]/", mail.host),
            false => format!("https://{}/", mail.host),
        };
        add(outside(&name), Purpose::Mail);
    }
    if config.analytics_token().is_some() {
        add(Some(CLOUDFLARE_ANALYTICS.to_owned()), Purpose::Statistics);
    }
    hosts
}

/// The host of an address, unless it is this machine or a private network's.
fn outside(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let private = match url.host()? {
        Host::Domain(name) => name == "localhost" || !name.contains('.'),
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    (!private).then(|| url.host_str().unwrap_or_default().to_owned())
}

/// The company behind a host: the operator's word first, then what is known.
fn named(config: &Config, host: &str) -> Option<(String, Country)> {
    let host = host.trim_start_matches("*.");
    let written = config.imgc.operator.processors.iter().find_map(|line| {
        let (name, who) = line.split_once('=')?;
        let (company, country) = who.split_once(';')?;
        let country = Country::Written(country.trim().to_owned());
        (name.trim() == host).then(|| (company.trim().to_owned(), country))
    });
    written.or_else(|| {
        let of = |ending: &str| {
            host == ending
                || host
                    .strip_suffix(ending)
                    .is_some_and(|front| front.ends_with('.'))
        };
        let known = KNOWN.iter().find(|(ending, _, _)| of(ending));
        known.map(|(_, company, country)| ((*company).to_owned(), country.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &[(&str, &str)]) -> Result<Config, String> {
        let mut env = vec![
            ("LEPTOS_SITE_ADDR", "0.0.0.0:8080"),
            ("IMGC_PUBLIC_URL", "https://pictures.example"),
            ("IMGC_OIDC_CLIENT_ID", "id"),
            ("IMGC_OIDC_CLIENT_SECRET", "secret"),
            ("IMGC_OPENAI_API_KEY", "key"),
            ("IMGC_CONTACT", "help@pictures.example"),
            ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
            ("IMGC_SIGN_UP_MODE", "open"),
        ];
        env.extend(more);
        let read = |name: &str| {
            let found = env.iter().rev().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::from_parts("", &read).map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_set_is_known() {
        let found = all(&config(&[]).expect("complete"));
        let companies: Vec<&str> = found.iter().map(|p| p.company.as_str()).collect();
        assert_eq!(companies, ["Google", "Google", "OpenAI"]);
    }

    #[test]
    fn a_host_nobody_named_keeps_a_production_from_starting() {
        let gateway = ("IMGC_OPENAI_BASE_URL", "https://gateway.example/v1");
        let said = config(&[gateway]).expect_err("unnamed");
        assert!(
            said.contains("gateway.example = company; country"),
            "{said}"
        );
        let imitation = ("IMGC_OPENAI_BASE_URL", "https://notopenai.com/v1");
        assert!(config(&[imitation]).is_err());
        let who = (
            "IMGC_OPERATOR_PROCESSORS",
            "gateway.example = A Gateway; Germany",
        );
        let found = all(&config(&[gateway, who]).expect("named"));
        let last = found.last().expect("the gateway");
        assert_eq!(last.company, "A Gateway");
        assert_eq!(last.country, Country::Written("Germany".into()));
    }

    #[test]
    fn who_keeps_the_rows_is_named() {
        let digits = "0f".repeat(32);
        let shared = |url| {
            config(&[
                ("IMGC_DATABASE_URL", url),
                ("IMGC_DATABASE_SECRET", &digits),
                ("IMGC_INSTANCE_KEY", &digits),
                ("IMGC_OBJECTS_URL", "s3://pictures"),
                (
                    "IMGC_OBJECTS_ENDPOINT",
                    "https://a.r2.cloudflarestorage.com",
                ),
                ("IMGC_OBJECTS_ACCESS_KEY_ID", "id"),
                ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "key"),
            ])
        };
        for url in [
            "https://imgc-d1.somebody.workers.dev",
            "http://d1.imgc.internal",
        ] {
            let found = all(&shared(url).expect("complete"));
            let database = found.iter().find(|p| p.purpose == Purpose::Database);
            let company = database.map(|p| p.company.as_str());
            assert_eq!(company, Some("Cloudflare"), "{url}");
        }
        let said = shared("https://d1.pictures.example").expect_err("unnamed");
        assert!(said.contains("d1.pictures.example ="), "{said}");
    }

    #[test]
    fn who_takes_mails_along_is_named() {
        let host = ("IMGC_MAIL_HOST", "smtp.post.example");
        let from = ("IMGC_MAIL_FROM", "noreply@pictures.example");
        let said = config(&[host, from]).expect_err("unnamed");
        assert!(said.contains("smtp.post.example ="), "{said}");
        let who = (
            "IMGC_OPERATOR_PROCESSORS",
            "smtp.post.example = A Post; Austria",
        );
        let found = all(&config(&[host, from, who]).expect("named"));
        let last = found.last().expect("the post");
        assert_eq!(
            (last.purpose, last.company.as_str()),
            (Purpose::Mail, "A Post")
        );
        let own = ("IMGC_MAIL_HOST", "127.0.0.1");
        let found = all(&config(&[own, from]).expect("its own"));
        assert!(found.iter().all(|p| p.purpose != Purpose::Mail));
    }

    #[test]
    fn what_stays_in_the_house_is_nobody_elses() {
        let own = ("IMGC_OPENAI_BASE_URL", "http://192.168.1.7:8000/v1");
        let meant = ("IMGC_PLAIN_HTTP_HOSTS", "192.168.1.7");
        let found = all(&config(&[own, meant]).expect("complete"));
        assert!(found.iter().all(|p| p.purpose == Purpose::SignIn));
    }
}
