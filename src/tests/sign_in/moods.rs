//! Providers as they are: each with its own idea of what the specification leaves
//! open, and some with an idea of their own. Whoever can be proven is let in.

use super::{
    has_session,
    provider::{CLIENT_ID, Mood, Provider, jwk, with},
};
use crate::harness::{Browser, Page, Server};
use imgc::model::Viewer;
use serde_json::{Value, json};

/// Goes to the provider, which sends everybody straight back.
async fn sign_in(browser: &mut Browser) -> Page {
    let start = browser.get("/auth/start?next=/create").await;
    assert_eq!(start.status, 303, "{}", start.text);
    let back = browser.get(start.location()).await;
    browser.get(back.location()).await
}

/// The name under which somebody is signed in; the refusal's codes if nobody is.
async fn name(server: &Server) -> Result<String, String> {
    let mut browser = server.browser();
    let answer = sign_in(&mut browser).await;
    if !has_session(&browser) {
        let page = browser.get(answer.location()).await;
        assert!(page.text.contains("role=\"alert\""), "nothing is explained");
        return Err(answer.refusal());
    }
    assert_eq!(answer.location(), "/create");
    let viewer = browser.load::<Option<Viewer>>("/api/viewer").await;
    Ok(viewer["name"].as_str().unwrap().to_owned())
}

fn claims(claims: Value) -> Mood {
    Mood {
        claims,
        ..Mood::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_every_shape_sign_people_in_under_their_name() {
    let provider = Provider::start("", Mood::default()).await;
    let server = provider.server(&[]).await;
    let odd = json!({
        "updated_at": "2026-11-23T10:59:07.841Z", "locale": 7, "address": "Paris",
        "picture": "nowhere", "groups": {"a": [null]}, "zoneinfo": "", "birthdate": 1815,
        "phone_number": false, "auth_time": "yesterday", "gender": [], "website": null,
    });
    let told = json!({"sub": "u-userinfo", "email": "U@Example.com", "email_verified": "true",
        "given_name": "Only", "family_name": "Userinfo", "updated_at": "nonsense"});
    let empty = json!({"sub": "u-userinfo", "email": null, "email_verified": null, "name": null});
    let signed = with(
        told.clone(),
        json!({"iss": provider.issuer(), "aud": [CLIENT_ID]}),
    );
    let cases: Vec<(&str, Mood, &str)> = vec![
        ("nothing odd", claims(json!({"sub": "u-0"})), "Ada Field"),
        (
            "odd claims",
            claims(with(odd, json!({"sub": "u-1"}))),
            "Ada Field",
        ),
        (
            "a fraction",
            claims(json!({"sub": "u-2", "updated_at": 1764313200.734})),
            "Ada Field",
        ),
        (
            "text",
            claims(json!({"sub": "u-3", "email_verified": "true"})),
            "Ada Field",
        ),
        (
            "a number as subject",
            claims(json!({"sub": 12345})),
            "Ada Field",
        ),
        (
            "other audiences",
            claims(json!({"sub": "u-4", "aud": [CLIENT_ID, "38316"], "azp": CLIENT_ID})),
            "Ada Field",
        ),
        (
            "names in parts",
            claims(json!({"sub": "u-5", "name": null, "given_name": "Ada", "family_name": "King"})),
            "Ada King",
        ),
        (
            "a user name",
            claims(json!({"sub": "u-6", "name": "", "preferred_username": "ada_l"})),
            "ada_l",
        ),
        (
            "no name",
            claims(json!({"sub": "u-7", "name": null})),
            "ada",
        ),
        (
            "userinfo alone",
            Mood {
                userinfo: told.clone(),
                ..claims(empty.clone())
            },
            "Only Userinfo",
        ),
        (
            "signed userinfo",
            Mood {
                userinfo: with(signed, json!({"sub": "u-signed"})),
                userinfo_signed: true,
                ..claims(with(empty, json!({"sub": "u-signed"})))
            },
            "Only Userinfo",
        ),
        (
            "an odd token answer",
            Mood {
                token: json!({"token_type": "bEARER", "expires_in": "3600", "scope": null}),
                ..claims(json!({"sub": "u-8"}))
            },
            "Ada Field",
        ),
        (
            "the least token answer",
            Mood {
                token: json!({"token_type": null, "expires_in": null, "access_token": null}),
                ..claims(json!({"sub": "u-9"}))
            },
            "Ada Field",
        ),
        (
            "more in the callback",
            Mood {
                callback: json!({"iss": provider.issuer(), "session_state": "x.y", "scope": "a b"}),
                ..claims(json!({"sub": "u-10"}))
            },
            "Ada Field",
        ),
    ];
    for (case, mood, expected) in cases {
        provider.set(mood);
        assert_eq!(name(&server).await.as_deref(), Ok(expected), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proves_nothing_opens_no_session_and_says_what_to_do() {
    let provider = Provider::start("", Mood::default()).await;
    let server = provider.server(&[]).await;
    let about_another = json!({"sub": "u-2", "email": "ada@example.com", "email_verified": true});
    let cases: Vec<(&str, Mood, &str)> = vec![
        (
            "no",
            claims(json!({"email_verified": false})),
            "email_unverified",
        ),
        (
            "no as text",
            claims(json!({"email_verified": "false"})),
            "email_unverified",
        ),
        (
            "0 as text",
            claims(json!({"email_verified": "0"})),
            "email_unverified",
        ),
        (
            "nothing",
            claims(json!({"email_verified": null})),
            "email_unsaid",
        ),
        (
            "no address",
            claims(json!({"email": null})),
            "email_missing",
        ),
        (
            "another party",
            claims(json!({"azp": "another"})),
            "answer_refused",
        ),
        (
            "no party",
            claims(json!({"aud": [CLIENT_ID, "another"]})),
            "answer_refused",
        ),
        ("no nonce", claims(json!({"nonce": null})), "answer_refused"),
        (
            "userinfo of another person",
            Mood {
                userinfo: about_another.clone(),
                ..claims(json!({"email_verified": null}))
            },
            "answer_refused",
        ),
        (
            "another address is verified",
            Mood {
                userinfo: with(about_another, json!({"sub": "u-1"})),
                ..claims(json!({"email": "victim@example.com", "email_verified": null}))
            },
            "email_unsaid",
        ),
        (
            "signed by nobody",
            Mood {
                algorithm: "none",
                ..Mood::default()
            },
            "answer_refused",
        ),
        (
            "signed as the metadata does not say",
            Mood {
                algorithm: "RS512",
                ..Mood::default()
            },
            "answer_refused",
        ),
        (
            "another issuer in the callback",
            Mood {
                callback: json!({"iss": "https://evil.example"}),
                ..Mood::default()
            },
            "answer_refused",
        ),
    ];
    for (case, mood, expected) in cases {
        provider.set(mood);
        let refused = name(&server).await.expect_err(case);
        assert!(refused.contains(expected), "{case}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_sign_and_to_describe_oneself_is_understood() {
    let strangers = json!([
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AAAA"},
        {"kty": "RSA", "use": "enc", "kid": "k1", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "secp256k1", "x": 5}, null, "x",
    ]);
    let among_strangers = |algorithm: &str| {
        let mut keys = strangers.as_array().unwrap().clone();
        keys.push(jwk(algorithm));
        json!({"keys": keys})
    };
    let by = |algorithm: &'static str| Mood {
        algorithm,
        ..Mood::default()
    };
    let least = json!({"userinfo_endpoint": null, "response_types_supported": null,
        "subject_types_supported": null, "id_token_signing_alg_values_supported": null,
        "token_endpoint_auth_methods_supported": null, "mtls_endpoint_aliases": 5,
        "scopes_supported": "openid", "claims_supported": {"x": 1}});
    let secret_in = |method: &str, takes| Mood {
        metadata: json!({"token_endpoint_auth_methods_supported": [method]}),
        takes,
        ..Mood::default()
    };
    let cases: Vec<(&str, Mood)> = vec![
        ("ES256", by("ES256")),
        ("ES384", by("ES384")),
        ("EdDSA", by("EdDSA")),
        ("Ed25519", by("Ed25519")),
        ("PS256", by("PS256")),
        ("RS512", by("RS512")),
        (
            "a key without an id, among strangers",
            Mood {
                keys: among_strangers("ES256"),
                ..by("ES256")
            },
        ),
        (
            "a token that names no key",
            Mood {
                kid: Value::Null,
                ..Mood::default()
            },
        ),
        (
            "the least metadata",
            Mood {
                metadata: least,
                ..Mood::default()
            },
        ),
        ("in the form", secret_in("client_secret_post", &["post"])),
        (
            "in the header",
            secret_in("client_secret_basic", &["basic"]),
        ),
        (
            "in the form, unlike it says",
            Mood {
                takes: &["post"],
                ..Mood::default()
            },
        ),
        (
            "in the form, which it does not say, and missed elsewhere",
            Mood {
                metadata: json!({"token_endpoint_auth_methods_supported": null}),
                takes: &["post"],
                reads_form_alone: true,
                ..Mood::default()
            },
        ),
    ];
    for (case, mood) in cases {
        let provider = Provider::start("", mood).await;
        let server = provider.server(&[]).await;
        assert_eq!(name(&server).await.as_deref(), Ok("Ada Field"), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_at_the_end_makes_no_other_issuer() {
    let provider = Provider::start("/", Mood::default()).await;
    for issuer in [
        provider.issuer(),
        provider.issuer().trim_end_matches('/').into(),
    ] {
        let server = provider.server(&[("IMGC_OIDC_ISSUER", &issuer)]).await;
        assert_eq!(name(&server).await.as_deref(), Ok("Ada Field"), "{issuer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_read_once_and_not_at_every_forgery() {
    let provider = Provider::start("", Mood::default()).await;
    let server = provider.server(&[]).await;
    assert!(name(&server).await.is_ok());
    assert_eq!(provider.count("keys"), 1);
    let rotated = Mood {
        kid: json!("k2"),
        ..Mood::default()
    };
    provider.set(rotated.clone());
    assert!(name(&server).await.is_ok(), "the provider changed its keys");
    assert_eq!(provider.count("keys"), 2);
    let forged = Mood {
        kid: json!("nobody's"),
        keys: json!({"keys": [with(jwk("RS256"), json!({"kid": "k2"}))]}),
        ..rotated
    };
    provider.set(forged);
    for _ in 0..3 {
        assert!(name(&server).await.is_err());
    }
    assert_eq!(provider.count("keys"), 2, "asked again for each forgery");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_trust_a_provider_that_says_nothing_of_addresses() {
    let provider = Provider::start("", Mood::default()).await;
    let trusting = [
        ("IMGC_OIDC_EMAIL_VERIFIED", "assumed"),
        ("IMGC_ADMINS", "sub:u-admin"),
    ];
    let server = provider.server(&trusting).await;
    provider.set(claims(json!({"email_verified": null})));
    assert_eq!(name(&server).await.as_deref(), Ok("Ada Field"));
    provider.set(claims(json!({"email_verified": "false"})));
    assert!(
        name(&server)
            .await
            .unwrap_err()
            .contains("email_unverified")
    );

    // Administrators are who the provider says, not who has an address.
    for (subject, status) in [("u-admin", 200), ("u-1", 404)] {
        provider.set(claims(json!({"sub": subject, "email_verified": null})));
        let mut browser = server.browser();
        sign_in(&mut browser).await;
        assert_eq!(browser.get("/admin").await.status, status, "{subject}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_in_their_language_what_the_provider_refused() {
    let provider = Provider::start("", Mood::default()).await;
    let server = provider.server(&[]).await;
    for (error, said) in [
        ("access_denied", "interrompu la connexion"),
        ("login_required", "faire quelque chose chez lui"),
        ("temporarily_unavailable", "Réessayez dans quelques minutes"),
        ("invalid_scope", "seul l’exploitant peut y remédier"),
    ] {
        let mood = json!({"code": null, "error": error, "error_description": "<b>No</b>"});
        provider.set(Mood {
            callback: mood,
            ..Mood::default()
        });
        let mut browser = server.browser();
        let start = browser.get("/auth/start?lang=fr&next=/fr/create").await;
        let back = browser.get(start.location()).await;
        let answer = browser.get(back.location()).await;
        assert!(
            answer.location().starts_with("/fr/sign-in?error="),
            "{error}"
        );
        let page = browser.get(answer.location()).await;
        assert!(page.text.contains(said), "{error} is not explained");
        assert!(
            page.text.contains("next=%2Ffr%2Fcreate"),
            "{error}: trying again leads elsewhere"
        );
        assert!(!page.text.contains("<b>No</b>"));
        assert!(browser.cookies.is_empty(), "{error}: {:?}", browser.cookies);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_word_about_the_address_is_the_operators_affair() {
    let provider = Provider::start("", claims(json!({"email_verified": null}))).await;
    let server = provider.server(&[]).await;
    let mut browser = server.browser();
    let answer = sign_in(&mut browser).await;
    let page = browser.get(answer.location()).await;
    assert!(page.text.contains("tell the operator"), "{}", page.text);
    assert!(!page.text.contains("Verify it there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_goes_as_far_as_can_be_gone_without_a_person() {
    let well = Provider::start("", Mood::default()).await;
    let server = well.server(&[]).await;
    let found = server.state.oidc.probe().await;
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("email_verified")),
        "what cannot be known is not said: {:?}",
        found.notes
    );
    /// A name, the provider's mood, more of the environment, what is said.
    type Case<'a> = (&'a str, Mood, Vec<(&'a str, &'a str)>, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            "wrong secret",
            Mood::default(),
            vec![("IMGC_OIDC_CLIENT_SECRET", "hidden-1")],
            "oidc.client_secret",
        ),
        (
            "only secrets",
            Mood {
                metadata: json!({"id_token_signing_alg_values_supported": ["HS256"]}),
                ..Mood::default()
            },
            vec![],
            "HS256",
        ),
        (
            "no keys",
            Mood {
                keys: json!({"keys": [{"kty": "oct", "k": "aGlkZGVu"}]}),
                ..Mood::default()
            },
            vec![],
            "published keys",
        ),
        (
            "no key set",
            Mood {
                keys: json!("nothing"),
                ..Mood::default()
            },
            vec![],
            "jwks_uri",
        ),
        (
            "another issuer",
            Mood {
                metadata: json!({"issuer": "https://other.example"}),
                ..Mood::default()
            },
            vec![],
            "https://other.example",
        ),
        (
            "any tenant",
            Mood {
                metadata: json!({"issuer": "https://other.example/{tenantid}/v2.0"}),
                ..Mood::default()
            },
            vec![],
            "name yours in oidc.issuer",
        ),
        (
            "no page",
            Mood {
                metadata: json!({"authorization_endpoint": format!("{}/gone",
            well.issuer())}),
                ..Mood::default()
            },
            vec![],
            "authorization_endpoint",
        ),
    ];
    for (case, mood, environment, named) in cases {
        let provider = Provider::start("", mood).await;
        let server = provider.server(&environment).await;
        let found = server.state.oidc.probe().await;
        let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        let said = said.join("\n");
        assert!(said.contains(named), "{case}: {said}");
        assert!(!said.contains("hidden"), "{case}: {said}");
    }
}
