//! Reading a prompt: which scene, subjects, hour, weather, colours and style
//! its words (English or French) ask for; chance settles what they leave open.

use super::{
    colour::Tint,
    lexicon::{
        COMPOSITIONS, JOINTS, LITTLE_WORDS, SCENES, STYLES, SUBJECTS, TIMES, TINTS, WEATHERS,
    },
    rng::SeededRng,
};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($item:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $name { $($item),+ }
    };
}

choices!(
    /// The place.
    Scene { Space, Underwater, City, Village, Island, Lake, River, Winter, Desert, Forest, Sea, Mountains, Meadow, Abstract }
);
impl Scene {
    /// Whether it is a landscape, in which nothing is missed where a subject is left out.
    fn is_open(self) -> bool {
        !matches!(
            self,
            Scene::Space | Scene::Underwater | Scene::City | Scene::Village | Scene::Abstract
        )
    }
}

choices!(
    /// Something to look at in the place.
    Subject { Boat, Lighthouse, Cat, Fox, Whale, Balloon, Castle, House, Rocket, Windmill, Fish, Mushroom, Robot, Wanderer, Lantern, Cup, Flower, Birds, Tree, Moon }
);
choices!(
    /// The hour.
    Time { Dawn, Noon, Sunset, Dusk, Night }
);
choices!(
    /// What the sky is doing.
    Weather { Clear, Clouds, Rain, Snow, Fog, Storm, Aurora }
);
choices!(
    /// How it is painted.
    Style { Gouache, Watercolour, Ink, Pastel, Neon, Pixel, Paper, Oil, Poster, Geometric }
);
choices!(
    /// How near and how full.
    Composition { Natural, Close, Wide, Centred, Minimal }
);

/// Everything the painter takes from a prompt.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Reading {
    /// The place.
    pub scene: Scene,
    /// Things in the place, at most three, in the order of the words.
    pub subjects: Vec<Subject>,
    /// The hour.
    pub time: Time,
    /// The sky.
    pub weather: Weather,
    /// The manner of painting.
    pub style: Style,
    /// The framing.
    pub composition: Composition,
    /// Colours named, at most three, in the order of the words.
    pub tints: Vec<Tint>,
    /// True if the words name stars.
    pub stars: bool,
    /// True if the words name autumn: October, maple and the like.
    pub autumn: bool,
}

/// Reads a prompt. `rng` decides whatever the words leave open.
pub fn read(prompt: &str, rng: &mut SeededRng) -> Reading {
    let phrases = phrases_of(prompt);
    let words: Vec<String> = phrases.iter().flatten().cloned().collect();
    let subjects = all(&words, SUBJECTS);
    let style = first(&words, STYLES);
    // What the painter has no figure for is not replaced by something else: it paints the
    // open place that the words name, or forms in their colours.
    let scene = by_rank(&words, SCENES).filter(|scene| !is_unknown(&phrases) || scene.is_open());
    let scene = scene.unwrap_or_else(|| match subjects.first() {
        Some(subject) if !is_unknown(&phrases) => home_of(*subject, rng),
        _ => Scene::Abstract,
    });
    let subjects = match scene {
        Scene::Abstract if is_unknown(&phrases) => Vec::new(),
        _ => subjects,
    };
    let weather = first(&words, WEATHERS).unwrap_or_else(|| {
        [
            Weather::Clear,
            Weather::Clouds,
            Weather::Clouds,
            Weather::Fog,
        ][rng.below(4)]
    });
    let time = first(&words, TIMES).unwrap_or_else(|| match weather {
        Weather::Aurora => Time::Night,
        _ => [
            Time::Dawn,
            Time::Noon,
            Time::Sunset,
            Time::Sunset,
            Time::Dusk,
            Time::Night,
        ][rng.below(6)],
    });
    Reading {
        scene,
        subjects,
        time,
        weather,
        style: style.unwrap_or(Style::Gouache),
        composition: first(&words, COMPOSITIONS).unwrap_or(Composition::Natural),
        tints: all(&words, TINTS)
            .into_iter()
            .map(|(hue, strength)| Tint { hue, strength })
            .collect(),
        stars: has(
            &words,
            "star stars starry etoile etoiles etoilee etoile constellation",
        ),
        autumn: has(&words, "autumn fall automne october octobre maple erable"),
    }
}

/// Whether the words are about something that the painter cannot paint: the first of
/// their phrases that says what is to be seen names nothing it knows.
fn is_unknown(phrases: &[Vec<String>]) -> bool {
    let told = phrases.iter().find_map(|phrase| {
        let knows = |word: &String| {
            let word = std::slice::from_ref(word);
            by_rank(word, SUBJECTS).is_some() || by_rank(word, SCENES).is_some()
        };
        // How, when and in what colours is not what.
        let describes = |word: &String| {
            let word = std::slice::from_ref(word);
            by_rank(word, TIMES).is_some()
                || by_rank(word, WEATHERS).is_some()
                || by_rank(word, STYLES).is_some()
                || by_rank(word, COMPOSITIONS).is_some()
                || by_rank(word, TINTS).is_some()
                || has(word, LITTLE_WORDS)
        };
        if phrase.iter().any(knows) {
            return Some(false);
        }
        phrase.iter().any(|word| !describes(word)).then_some(true)
    });
    told.unwrap_or(true)
}

/// Where a subject lives when the prompt names no place.
fn home_of(subject: Subject, rng: &mut SeededRng) -> Scene {
    let homes: &[Scene] = match subject {
        Subject::Boat => &[Scene::Sea, Scene::Lake],
        Subject::Lighthouse => &[Scene::Sea],
        Subject::Whale => &[Scene::Underwater, Scene::Sea],
        Subject::Fish => &[Scene::Underwater],
        Subject::Rocket => &[Scene::Space, Scene::Desert],
        Subject::Robot => &[Scene::City, Scene::Meadow, Scene::Desert],
        Subject::Fox => &[Scene::Forest, Scene::Winter, Scene::Meadow],
        Subject::Mushroom => &[Scene::Forest],
        Subject::Castle | Subject::Balloon => &[Scene::Mountains, Scene::Lake],
        Subject::Lantern => &[Scene::Lake, Scene::River],
        Subject::Cup => &[Scene::Abstract, Scene::Mountains],
        _ => &[Scene::Meadow, Scene::Mountains],
    };
    homes[rng.below(homes.len())]
}

/// Lower-case words without accents, in the phrases that commas and words such as "in"
/// make; `[demo:…]` and other bracketed notes are instructions to the server and say
/// nothing about the picture.
fn phrases_of(prompt: &str) -> Vec<Vec<String>> {
    let mut depth = 0_u32;
    let mut text = String::with_capacity(prompt.len());
    for letter in prompt.chars().flat_map(char::to_lowercase) {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            'à' | 'â' | 'ä' | 'á' => text.push('a'),
            'é' | 'è' | 'ê' | 'ë' => text.push('e'),
            'î' | 'ï' | 'í' => text.push('i'),
            'ô' | 'ö' | 'ó' => text.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => text.push('u'),
            'ç' => text.push('c'),
            'œ' => text.push_str("oe"),
            // Letters written as a base and a combining accent.
            '\u{300}'..='\u{36f}' => {}
            other => text.push(other),
        }
    }
    let mut phrases = vec![Vec::new()];
    for part in text.split([',', '.', ';', ':', '(', ')', '\n']) {
        let words = part.split(|c: char| !c.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            if is_joint(word) {
                phrases.push(Vec::new());
            } else if let Some(phrase) = phrases.last_mut() {
                phrase.push(word.to_owned());
            }
        }
        phrases.push(Vec::new());
    }
    phrases.retain(|phrase| !phrase.is_empty());
    phrases
}

/// A word between what a prompt is about and the rest: one of place, or what it is doing
/// ("a tram climbing a hill").
fn is_joint(word: &str) -> bool {
    let known = |entries: &str| entries.split(' ').any(|entry| same(word, entry));
    let tables = || {
        SUBJECTS.iter().any(|row| known(row.1))
            || SCENES.iter().any(|row| known(row.1))
            || TIMES.iter().any(|row| known(row.1))
            || WEATHERS.iter().any(|row| known(row.1))
            || STYLES.iter().any(|row| known(row.1))
            || known(LITTLE_WORDS)
    };
    JOINTS.split(' ').any(|joint| joint == word)
        || (word.len() > 5 && word.ends_with("ing") && !tables())
}

fn same(word: &str, entry: &str) -> bool {
    word == entry
        || word
            .strip_suffix(['s', 'x'])
            .is_some_and(|stem| stem == entry)
}

fn has(words: &[String], entries: &str) -> bool {
    words
        .iter()
        .any(|word| entries.split(' ').any(|entry| same(word, entry)))
}

/// The entry whose word comes first in the prompt.
fn first<T: Copy>(words: &[String], table: &[(T, &str)]) -> Option<T> {
    words.iter().find_map(|word| {
        let hit = table
            .iter()
            .find(|row| row.1.split(' ').any(|entry| same(word, entry)));
        hit.map(|row| row.0)
    })
}

/// The first row of the table that any word matches: rows are in order of
/// how much they decide, so that a mountain lake is a lake.
fn by_rank<T: Copy>(words: &[String], table: &[(T, &str)]) -> Option<T> {
    table.iter().find(|row| has(words, row.1)).map(|row| row.0)
}

/// Up to three different entries, in the prompt's order.
fn all<T: Copy + PartialEq>(words: &[String], table: &[(T, &str)]) -> Vec<T> {
    let mut found = Vec::new();
    for word in words {
        let hit = table
            .iter()
            .find(|row| row.1.split(' ').any(|entry| same(word, entry)));
        if let Some(row) = hit
            && !found.contains(&row.0)
            && found.len() < 3
        {
            found.push(row.0);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(prompt: &str) -> Reading {
        read(prompt, &mut SeededRng::new(1, "words"))
    }

    #[test]
    fn french_and_english_agree() {
        let english = reading("a lighthouse on the sea at night, watercolor");
        let french = reading("un phare sur la mer, la nuit, à l'aquarelle");
        assert_eq!(english.scene, french.scene);
        assert_eq!(english.subjects, french.subjects);
        assert_eq!(english.time, french.time);
        assert_eq!(english.style, french.style);
        assert_eq!(reading("FORÊT").scene, Scene::Forest);
    }

    #[test]
    fn server_notes_are_not_part_of_the_picture() {
        assert!(
            reading("[demo:hang] [key:cat-7] the plain")
                .subjects
                .iter()
                .all(|s| *s != Subject::Cat)
        );
    }

    #[test]
    fn what_it_cannot_paint_is_not_replaced_by_something_else() {
        for seed in 1..20 {
            let read = |prompt| read(prompt, &mut SeededRng::new(seed, "words"));
            for prompt in [
                "An old tram climbing a street in Lisbon at dusk",
                "Un vieux tramway dans une rue de Lisbonne",
                "a bowl of ramen",
                "Photo of a typewriter, castle in the background",
                "qwertz",
                "",
            ] {
                let found = read(prompt);
                assert_eq!(found.scene, Scene::Abstract, "{prompt}");
                assert!(found.subjects.is_empty(), "{prompt}");
            }
            let open = read("Two bicycles on a beach in the morning, pastel");
            assert_eq!((open.scene, open.time), (Scene::Sea, Time::Dawn));
            assert_eq!(open.style, Style::Pastel);
        }
    }

    #[test]
    fn what_it_can_paint_is_painted_whatever_stands_before_it() {
        for (prompt, scene) in [
            ("Watercolour of a quiet harbour at dawn", Scene::Sea),
            ("Sunset over the dunes", Scene::Desert),
            ("A busy street in Tokyo at night", Scene::City),
            ("Une rue de Paris sous la pluie, encre", Scene::City),
            ("a small grey cat in a garden", Scene::Meadow),
            ("Minimal, calm: a lake in the mist", Scene::Lake),
        ] {
            assert_eq!(reading(prompt).scene, scene, "{prompt}");
        }
    }

    #[test]
    fn a_mountain_lake_is_a_lake() {
        assert_eq!(reading("mountains around a lake").scene, Scene::Lake);
    }
}
