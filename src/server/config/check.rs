//! The judgement on a set of settings: the demo's, a production's that is complete
//! and safe, or neither.

use super::{ADMIN_BY_SUBJECT, Config, EmailVerified, keys::KEYS, processors};
use crate::model::limits::PARTIALS_MAX;
use std::net::{IpAddr, Ipv6Addr};
use url::Url;

impl Config {
    /// The demo runs where nothing real is configured and only this machine can reach it.
    pub(super) fn wants_demo(&self) -> bool {
        let real = self.imgc.oidc.client_id.is_some()
            || self.imgc.oidc.client_secret.is_some()
            || self.imgc.openai.api_key.is_some()
            || self.has_real_bucket()
            || self.has_real_database()
            || self.has_real_mail_host()
            || !self.is_loopback_url();
        !real && self.leptos.site_addr.ip().is_loopback()
    }

    /// True if there is a key to a bucket outside this machine: the demo may keep
    /// its pictures in one of its own, as the tests of many nodes do.
    fn has_real_bucket(&self) -> bool {
        let endpoint = self.imgc.objects.endpoint.as_deref();
        let endpoint = endpoint.and_then(|address| Url::parse(address.trim()).ok());
        let is_own = endpoint.is_some_and(|url| is_loopback(&url));
        self.imgc.objects.access_key_id.is_some() && !is_own
    }

    /// True if the database is behind a gateway outside this machine.
    fn has_real_database(&self) -> bool {
        let url = self.imgc.database.url.as_ref();
        url.is_some_and(|url| !is_loopback(url))
    }

    /// True if the address people use leads to this machine alone.
    pub(super) fn is_loopback_url(&self) -> bool {
        match &self.imgc.public_url {
            None => self.leptos.site_addr.ip().is_loopback(),
            Some(url) => is_loopback(url),
        }
    }

    /// Everything that keeps this set from being safe and complete, each naming its key.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.imgc.jobs.concurrency == 0 || self.imgc.jobs.per_person == 0 {
            problems.push("imgc.jobs.concurrency and imgc.jobs.per_person: at least 1".into());
        }
        if self.imgc.jobs.partials > PARTIALS_MAX {
            problems.push(format!("imgc.jobs.partials: from 0 to {PARTIALS_MAX}"));
        }
        if self.imgc.jobs.lease_s < 5 {
            problems.push("imgc.jobs.lease_s: at least 5".into());
        }
        if !(1..=86_400).contains(&self.imgc.jobs.drain_s) {
            problems.push("imgc.jobs.drain_s: from 1 to 86400".into());
        }
        if !(0.0..=1_000_000.0).contains(&self.imgc.limits.spend_per_day_usd) {
            problems.push("imgc.limits.spend_per_day_usd: a number of dollars from 0".into());
        }
        let of_person = self.imgc.limits.person_spend_per_month_usd;
        if of_person.is_some_and(|usd| !(0.0..=1_000_000.0).contains(&usd)) {
            problems.push(
                "imgc.limits.person_spend_per_month_usd: a number of dollars from 0, or absent"
                    .into(),
            );
        }
        let cache = &self.imgc.cache;
        if cache.pages_mb > 65_536 || cache.pictures_mb > 65_536 {
            problems.push("imgc.cache.pages_mb and imgc.cache.pictures_mb: at most 65536".into());
        }
        let connections = &self.imgc.connections;
        if connections.most == Some(0) || connections.per_address == 0 {
            problems
                .push("imgc.connections.most and imgc.connections.per_address: at least 1".into());
        }
        let seconds = [
            connections.head_s,
            connections.body_s,
            connections.idle_s,
            connections.write_s,
        ];
        if !seconds.iter().all(|seconds| (1..=86_400).contains(seconds)) {
            problems.push(
                "imgc.connections.head_s, .body_s, .idle_s and .write_s: from 1 to 86400".into(),
            );
        }
        if let Some(url) = &self.imgc.public_url
            && (url.path() != "/" || url.query().is_some() || !url.username().is_empty())
        {
            problems.push("imgc.public_url: a scheme and a host, without a path".into());
        }
        self.database_problems(&mut problems);
        self.sign_up_problems(&mut problems);
        self.metrics_problems(&mut problems);
        self.mail_problems(&mut problems);
        if !self.demo {
            self.missing_keys(&mut problems);
            self.unsafe_settings(&mut problems);
        }
        problems
    }

    /// Adds a problem for each missing key without which a production is not complete.
    fn missing_keys(&self, problems: &mut Vec<String>) {
        let mut need = |missing: bool, path: &str, why: &str| {
            if missing {
                let env = KEYS.iter().find(|k| k.path == path).map_or("", |k| k.env);
                problems.push(format!("{path} (or {env}) is missing: {why}"));
            }
        };
        let imgc = &self.imgc;
        need(
            imgc.oidc.client_id.is_none(),
            "oidc.client_id",
            "people sign in with it",
        );
        need(
            imgc.oidc.client_secret.is_none(),
            "oidc.client_secret",
            "people sign in with it",
        );
        need(
            imgc.openai.api_key.is_none(),
            "openai.api_key",
            "pictures are made with it",
        );
        need(
            imgc.contact.as_deref().is_none_or(|c| !c.contains('@')),
            "contact",
            "the privacy policy promises an e-mail address that works",
        );
        need(
            imgc.operator.name.is_none(),
            "operator.name",
            "the privacy policy says who is responsible",
        );
        need(
            imgc.public_url.is_none() && !self.leptos.site_addr.ip().is_loopback(),
            "public_url",
            "links, sign-in and cookies depend on the address people use",
        );
        need(
            imgc.objects.url.is_some() && imgc.objects.access_key_id.is_none(),
            "objects.access_key_id",
            "the bucket asks for it",
        );
        need(
            imgc.objects.url.is_some() && imgc.objects.secret_access_key.is_none(),
            "objects.secret_access_key",
            "the bucket asks for it",
        );
    }

    /// Adds a problem for each thing a production must not do.
    fn unsafe_settings(&self, problems: &mut Vec<String>) {
        // Whoever may call themselves by any address could call themselves by theirs.
        let by_address = |admin: &String| !admin.starts_with(ADMIN_BY_SUBJECT);
        if self.imgc.oidc.email_verified == EmailVerified::Assumed
            && self.imgc.admins.iter().any(by_address)
        {
            problems.push(
                "admins (or IMGC_ADMINS) names somebody by e-mail address, and with \
                 oidc.email_verified = \"assumed\" nobody has verified whose it is: name them by \
                 their subject at the provider, as \"sub:…\"; /account shows everybody their own"
                    .into(),
            );
        }
        for host in processors::unnamed(self) {
            problems.push(format!(
                "operator.processors (or IMGC_OPERATOR_PROCESSORS) must say who {host} is, as \
                 \"{host} = company; country\": the privacy policy names everybody it sends data to"
            ));
        }
        self.plain_http(problems);
        if !self.is_https() && !self.is_loopback_url() {
            problems.push(
                "public_url must begin with https://: sessions do not travel unencrypted; \
                 put a TLS proxy in front"
                    .into(),
            );
        }
    }

    /// Adds a problem for each service that keys, prompts and pictures would go
    /// to in clear, over a network and without the operator's word for it.
    fn plain_http(&self, problems: &mut Vec<String>) {
        let imgc = &self.imgc;
        // What is caught inside the container travels over no network.
        let gateway = Some(&imgc.database).filter(|database| !database.is_intercepted());
        let gateway = gateway.and_then(|database| database.url.as_ref());
        let services = [
            (
                "oidc.issuer",
                "IMGC_OIDC_ISSUER",
                Some(imgc.oidc.issuer.as_str()),
            ),
            (
                "openai.base_url",
                "IMGC_OPENAI_BASE_URL",
                Some(imgc.openai.base_url.as_str()),
            ),
            (
                "objects.endpoint",
                "IMGC_OBJECTS_ENDPOINT",
                imgc.objects
                    .url
                    .as_ref()
                    .and(imgc.objects.endpoint.as_deref()),
            ),
            (
                "database.url",
                "IMGC_DATABASE_URL",
                gateway.map(Url::as_str),
            ),
        ];
        for (key, env, address) in services {
            let address = address.and_then(|address| Url::parse(address.trim()).ok());
            let Some(url) = address.filter(|url| url.scheme() != "https") else {
                continue;
            };
            let host = url.host_str().unwrap_or_default();
            let is_named = imgc
                .plain_http_hosts
                .iter()
                .any(|named| is_same_host(named, host));
            if is_loopback(&url) || is_named {
                continue;
            }
            problems.push(format!(
                "{key} (or {env}) must begin with https://: keys, prompts and pictures would \
                 travel to {host} unencrypted. If that is meant, name the host in \
                 plain_http_hosts (or IMGC_PLAIN_HTTP_HOSTS)"
            ));
        }
    }

    /// What a production would trip over that may still be meant, each naming
    /// its key: so no reason not to start.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.metrics_warning().into_iter().collect();
        if self.demo {
            return warnings;
        }
        if !self.is_https() {
            warnings.push(format!(
                "public_url (or IMGC_PUBLIC_URL): people use {} by it, on this machine alone. \
                 Through a proxy, signing in would fail: set the https:// address that people type",
                self.public_origin()
            ));
        }
        let is_behind_proxy = self.is_https() || self.leptos.site_addr.ip().is_loopback();
        if is_behind_proxy && self.imgc.trusted_proxies.is_empty() {
            warnings.push(
                "trusted_proxies (or IMGC_TRUSTED_PROXIES) is empty: behind a proxy all visitors \
                 have its address, and share one visitor's limits. Name the networks it asks \
                 from; for a proxy on this machine: 127.0.0.0/8,::1/128"
                    .to_owned(),
            );
        }
        warnings.extend(self.mail_warning());
        for host in &self.imgc.plain_http_hosts {
            warnings.push(format!(
                "plain_http_hosts (or IMGC_PLAIN_HTTP_HOSTS): what goes to {host} by http:// can \
                 be read on the way"
            ));
        }
        warnings
    }
}

/// True if an address leads to this machine alone.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
    }
}

/// True if this host, a name or an address, is this machine.
pub(super) fn is_loopback_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether an operator's way to write a host is this host; a port says nothing.
fn is_same_host(named: &str, host: &str) -> bool {
    let named = named.trim();
    let address = match named.parse::<Ipv6Addr>() {
        Ok(_) => format!("http://[{named}]/"),
        Err(_) => format!("http://{named}/"),
    };
    Url::parse(&address).is_ok_and(|url| url.host_str() == Some(host))
}
