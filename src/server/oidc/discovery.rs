//! What the provider says of itself: its endpoints, its keys, what it signs with.
//!
//! Only what is needed is asked for (issuer, three endpoints), and whatever else
//! the document holds may be of any shape.

use super::{
    keys::{Algorithm, KeySet},
    transport::{Answer, CallError, Http},
};
use serde_json::Value;
use url::Url;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// A provider, as its metadata describes it.
#[derive(Debug)]
pub(super) struct Provider {
    /// Its name, exactly as it writes it: the `iss` of its tokens.
    pub(super) issuer: String,
    /// Where people sign in.
    pub(super) authorization: Url,
    /// Where a code becomes tokens.
    pub(super) token: Url,
    /// Where more is told of a person.
    pub(super) userinfo: Option<Url>,
    /// The algorithms that its id_tokens may be signed with.
    pub(super) algorithms: Vec<&'static Algorithm>,
    /// The algorithms it names, where imgc knows none of them.
    pub(super) unknown_algorithms: Vec<String>,
    /// How it wants to be shown the client's secret; empty if it does not say.
    pub(super) methods: Vec<String>,
    pub(super) keys: KeySet,
}

impl Provider {
    /// Asks the provider of this issuer for its metadata and keys.
    pub(super) async fn discover(http: &Http, issuer: &str) -> Result<Provider, DiscoveryProblem> {
        let base = without_ending(issuer);
        let address = format!("{base}{WELL_KNOWN}");
        let address = Url::parse(&address).map_err(|_| DiscoveryProblem::Address(address))?;
        let metadata = read(http, "metadata", &address).await?;
        let (mut provider, jwks) = Provider::of_metadata(&metadata, base)?;
        let keys = read(http, "key set (jwks_uri)", &jwks).await?;
        provider.keys = KeySet::read(&keys).ok_or(DiscoveryProblem::Unreadable {
            document: "key set (jwks_uri)",
            address: jwks.to_string(),
        })?;
        Ok(provider)
    }

    /// Reads the metadata of the provider at `base`, and where its keys are.
    fn of_metadata(metadata: &Value, base: &str) -> Result<(Provider, Url), DiscoveryProblem> {
        let issuer = metadata.get("issuer").and_then(Value::as_str);
        let issuer = issuer.ok_or(DiscoveryProblem::Missing("issuer"))?;
        let shown = || issuer.chars().take(200).collect();
        // A pattern for the names of many (Entra's `common`): no token has it as
        // its issuer, and nobody could configure it.
        if issuer.contains('{') {
            return Err(DiscoveryProblem::AnyTenant(shown()));
        }
        // The same but for a slash at its end is the same.
        if issuer.trim_end_matches('/') != base {
            return Err(DiscoveryProblem::Issuer(shown()));
        }
        let endpoint = |name: &'static str| match metadata.get(name).and_then(Value::as_str) {
            None => Ok(None),
            Some(address) => endpoint(name, address, base).map(Some),
        };
        let needed = |name: &'static str| endpoint(name)?.ok_or(DiscoveryProblem::Missing(name));
        let named = texts(metadata, "id_token_signing_alg_values_supported");
        let known = |name: &String| Algorithm::named(name);
        let mut algorithms: Vec<_> = named.iter().filter_map(known).collect();
        let unknown_algorithms = match algorithms.is_empty() {
            true => named,
            false => Vec::new(),
        };
        // Every provider has this one (OpenID Connect Discovery, section 3).
        if algorithms.is_empty() {
            algorithms.extend(Algorithm::named("RS256"));
        }
        let provider = Provider {
            issuer: issuer.to_owned(),
            authorization: needed("authorization_endpoint")?,
            token: needed("token_endpoint")?,
            userinfo: endpoint("userinfo_endpoint").unwrap_or_default(),
            algorithms,
            unknown_algorithms,
            methods: texts(metadata, "token_endpoint_auth_methods_supported"),
            keys: KeySet::default(),
        };
        Ok((provider, needed("jwks_uri")?))
    }
}

/// An issuer without its last slash; and without the path of its metadata,
/// whose whole address some providers call theirs.
pub(super) fn without_ending(issuer: &str) -> &str {
    let issuer = issuer.strip_suffix(WELL_KNOWN).unwrap_or(issuer);
    issuer.trim_end_matches('/')
}

/// An endpoint. Secrets that the issuer takes encrypted do not go elsewhere in clear.
fn endpoint(name: &'static str, address: &str, base: &str) -> Result<Url, DiscoveryProblem> {
    let url = Url::parse(address).map_err(|_| DiscoveryProblem::Missing(name))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if !base.starts_with("https:") => Ok(url),
        _ => Err(DiscoveryProblem::Insecure(name)),
    }
}

/// The texts of a list; empty where there is none.
fn texts(metadata: &Value, name: &str) -> Vec<String> {
    let listed = metadata.get(name).and_then(Value::as_array);
    let texts = listed.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

async fn read(
    http: &Http,
    document: &'static str,
    address: &Url,
) -> Result<Value, DiscoveryProblem> {
    let answer = http.send(http.get(address)).await;
    let shown = || address.to_string();
    match answer {
        Err(cause) => Err(DiscoveryProblem::Call {
            document,
            address: shown(),
            cause,
        }),
        Ok(Answer { status, .. }) if status != 200 => Err(DiscoveryProblem::Status {
            document,
            address: shown(),
            status,
        }),
        Ok(answer) => answer.json().ok_or_else(|| DiscoveryProblem::Unreadable {
            document,
            address: shown(),
        }),
    }
}

/// The reason a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryProblem {
    #[error("{0} is no address: check oidc.issuer")]
    Address(String),
    #[error("its {document} at {address}: {cause}. Check oidc.issuer and this machine's way to it")]
    Call {
        document: &'static str,
        address: String,
        cause: CallError,
    },
    #[error("its {document} at {address} is answered with status {status}: check oidc.issuer")]
    Status {
        document: &'static str,
        address: String,
        status: u16,
    },
    #[error("its {document} at {address} cannot be understood: check oidc.issuer")]
    Unreadable {
        document: &'static str,
        address: String,
    },
    #[error("its metadata calls it {0:?}: set oidc.issuer to that, if it is who you mean")]
    Issuer(String),
    #[error("its metadata calls it {0:?}, which is any tenant: name yours in oidc.issuer")]
    AnyTenant(String),
    #[error("its metadata has no usable {0}: is oidc.issuer an OpenID provider?")]
    Missing(&'static str),
    #[error("its metadata names a {0} without TLS: nothing secret is sent there")]
    Insecure(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn minimal(base: &str) -> Value {
        json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize?tenant=1"),
            "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}/jwks"),
        })
    }

    #[test]
    fn four_fields_are_enough_and_the_rest_may_be_odd() {
        let mut metadata = minimal("https://id.example");
        let (provider, _) = Provider::of_metadata(&metadata, "https://id.example").expect("enough");
        assert_eq!(provider.algorithms[0].name, "RS256");
        assert!(provider.methods.is_empty() && provider.userinfo.is_none());
        for name in [
            "userinfo_endpoint",
            "scopes_supported",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "token_endpoint_auth_methods_supported",
            "claims_supported",
            "service_documentation",
        ] {
            metadata[name] = json!({"odd": [1, null]});
        }
        assert!(Provider::of_metadata(&metadata, "https://id.example").is_ok());
    }

    #[test]
    fn what_it_signs_with_is_what_it_says() {
        let mut metadata = minimal("https://id.example");
        let mut names = |listed: Value| {
            metadata["id_token_signing_alg_values_supported"] = listed;
            let read = Provider::of_metadata(&metadata, "https://id.example");
            let (provider, _) = read.expect("usable");
            provider
                .algorithms
                .iter()
                .map(|a| a.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(json!(["ES256", "none", "HS256", 7])), ["ES256"]);
        assert_eq!(names(json!(["EdDSA", "PS256"])), ["EdDSA", "PS256"]);
        assert_eq!(names(json!(["none", "HS256"])), ["RS256"]);
    }

    #[test]
    fn an_issuer_for_every_tenant_is_refused_and_the_tenant_asked_for() {
        let mut metadata = minimal("https://login.example/common/v2.0");
        metadata["issuer"] = json!("https://login.example/{tenantid}/v2.0");
        for base in [
            "https://login.example/common/v2.0",
            "https://login.example/{tenantid}/v2.0",
        ] {
            let refused = Provider::of_metadata(&metadata, base).expect_err("refused");
            let said = refused.to_string();
            assert!(
                said.contains("{tenantid}") && said.contains("name yours"),
                "{said}"
            );
            assert!(!said.contains("set oidc.issuer to that"), "{said}");
        }
    }

    #[test]
    fn another_issuer_or_an_endpoint_in_clear_is_refused() {
        let metadata = minimal("https://id.example/");
        assert!(Provider::of_metadata(&metadata, "https://id.example").is_ok());
        assert!(Provider::of_metadata(&metadata, "https://other.example").is_err());
        let mut clear = minimal("https://id.example");
        clear["token_endpoint"] = json!("http://id.example/token");
        let refused = Provider::of_metadata(&clear, "https://id.example");
        assert!(matches!(
            refused,
            Err(DiscoveryProblem::Insecure("token_endpoint"))
        ));
        assert_eq!(
            without_ending("https://id.example/t/.well-known/openid-configuration"),
            "https://id.example/t"
        );
    }
}
