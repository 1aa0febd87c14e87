//! What the page says, in English and in French, and which of the two to speak.

use axum::http::{HeaderMap, header};

/// A language the page speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    French,
}

/// Every sentence of the page.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) title: &'static str,
    pub(super) badge: &'static str,
    pub(super) heading: &'static str,
    pub(super) no_password: &'static str,
    pub(super) returns_to: &'static str,
    pub(super) choose: &'static str,
    pub(super) somebody_else: &'static str,
    pub(super) name: &'static str,
    pub(super) name_hint: &'static str,
    pub(super) go_on: &'static str,
    pub(super) cancel: &'static str,
    pub(super) testers: &'static str,
    pub(super) testers_how: &'static str,
    pub(super) name_empty: &'static str,
    pub(super) name_too_long: &'static str,
    pub(super) unknown_forgery: &'static str,
    pub(super) refused: &'static str,
    pub(super) unknown_client: &'static str,
    pub(super) unlisted_redirect: &'static str,
    pub(super) repeated: &'static str,
    pub(super) not_found: &'static str,
    pub(super) nobody_harmed: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    title: "Demo sign-in",
    badge: "Demo",
    heading: "Who would you like to be?",
    no_password: "This is a demonstration. No password is asked, and no real account is involved: \
        pick anybody.",
    returns_to: "You will go back to",
    choose: "Choose a person",
    somebody_else: "Or be somebody else",
    name: "Another name",
    name_hint: "The same name is the same person next time.",
    go_on: "Continue",
    cancel: "Cancel",
    testers: "For testers: wrong answers on request",
    testers_how: "Add one of these markers to a name, and this sign-in is answered wrongly.",
    name_empty: "Type a name, or choose a person above.",
    name_too_long: "This name is too long: 80 characters at most.",
    unknown_forgery: "There is no such [demo:…] marker: see the list below.",
    refused: "This sign-in cannot start",
    unknown_client: "The application that sent you is not known here (client_id).",
    unlisted_redirect: "The address to go back to is not one of the application's (redirect_uri).",
    repeated: "The request gives the same parameter twice.",
    not_found: "There is nothing at this address. Start from the application's sign-in button.",
    nobody_harmed: "Nothing was sent anywhere. This is imgc's demo provider: no password and no \
        real account is involved.",
};

const FRENCH: Words = Words {
    lang: "fr",
    title: "Connexion de démonstration",
    badge: "Démo",
    heading: "Qui voulez-vous être ?",
    no_password: "Ceci est une démonstration. Aucun mot de passe n’est demandé et aucun vrai \
        compte n’est utilisé : choisissez qui vous voulez.",
    returns_to: "Vous reviendrez à",
    choose: "Choisir une personne",
    somebody_else: "Ou être quelqu’un d’autre",
    name: "Un autre nom",
    name_hint: "Le même nom sera la même personne la prochaine fois.",
    go_on: "Continuer",
    cancel: "Annuler",
    testers: "Pour les tests : de mauvaises réponses à la demande",
    testers_how: "Ajoutez un de ces marqueurs à un nom, et cette connexion recevra une mauvaise \
        réponse. Les descriptions sont en anglais.",
    name_empty: "Saisissez un nom, ou choisissez une personne ci-dessus.",
    name_too_long: "Ce nom est trop long : 80 caractères au plus.",
    unknown_forgery: "Ce marqueur [demo:…] n’existe pas : voyez la liste ci-dessous.",
    refused: "Cette connexion ne peut pas commencer",
    unknown_client: "L’application qui vous envoie n’est pas connue ici (client_id).",
    unlisted_redirect: "L’adresse de retour n’est pas une de celles de l’application \
        (redirect_uri).",
    repeated: "La demande donne deux fois le même paramètre.",
    not_found: "Il n’y a rien à cette adresse. Partez du bouton de connexion de l’application.",
    nobody_harmed: "Rien n’a été envoyé. Ceci est le fournisseur de démonstration d’imgc : aucun \
        mot de passe ni aucun vrai compte n’est utilisé.",
};

impl Language {
    /// The client's wish (`ui_locales`, best first) before the browser's (`Accept-Language`).
    pub(super) fn choose(ui_locales: Option<&str>, headers: &HeaderMap) -> Self {
        let wished = ui_locales.unwrap_or_default().split(' ').find_map(Self::of);
        wished.unwrap_or_else(|| {
            let accepted = headers.get(header::ACCEPT_LANGUAGE);
            Self::accepted(
                accepted
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default(),
            )
        })
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }

    /// The language of a tag such as `fr-CA`, if it is one of the two.
    fn of(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// The best of an `Accept-Language` list; of equals, the first.
    fn accepted(list: &str) -> Self {
        let mut best = (0.0, Self::English);
        for item in list.split(',') {
            let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
            let weight = weight.trim().parse::<f32>().unwrap_or(0.0);
            if let Some(language) = Self::of(tag)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_wish_comes_before_the_browsers() {
        let mut headers = HeaderMap::new();
        let choose = |wish, headers: &HeaderMap| Language::choose(wish, headers);
        assert_eq!(choose(None, &headers), Language::English);
        let value = header::HeaderValue::from_static("de, en;q=0.4, fr-CH;q=0.9");
        headers.insert(header::ACCEPT_LANGUAGE, value);
        assert_eq!(choose(None, &headers), Language::French);
        assert_eq!(choose(Some("es en-GB fr"), &headers), Language::English);
        assert_eq!(choose(Some("es"), &headers), Language::French);
    }
}
