//! Tiles of published pictures as HTML: whenever something is published, the lists of
//! pictures are drawn anew, and nearly all of their tiles are as they were.
//!
//! A tile is found by its picture and shown where it says what the picture's row says
//! now; so nothing of what has changed or was taken back is shown, whatever is kept.

use super::{
    Figures, Luck,
    seen::{Seen, now_s},
};
use crate::{
    i18n::{self, Locale},
    server::public_cards::PublicCard,
};
use quick_cache::{Weighter, sync::Cache};
use std::sync::Arc;

/// Bytes of all tiles together.
const ROOM_BYTES: u64 = 4 * 1024 * 1024;
/// Tiles of this many bytes are what the cache is made ready for.
const TYPICAL_BYTES: u64 = 2 * 1024;

/// The tiles.
pub struct Tiles {
    cache: Cache<String, Arc<Tile>, Weight>,
    luck: Luck,
}

#[derive(Clone)]
struct Weight;

impl Weighter<String, Arc<Tile>> for Weight {
    fn weight(&self, key: &String, tile: &Arc<Tile>) -> u64 {
        let PublicCard { card, maker, .. } = &tile.shown;
        let renditions = card.renditions.iter().map(|r| r.src.len() + 48);
        let words = card.prompt.len() + card.title.len() + card.alt.len() + 2 * maker.len();
        let card = size_of::<Tile>() + words + renditions.sum::<usize>();
        u64::try_from(key.len() + tile.html.len() + card).unwrap_or(u64::MAX / 2)
    }
}

struct Tile {
    /// What it was drawn from.
    shown: PublicCard,
    html: Box<str>,
    seen: Seen,
}

impl Tiles {
    pub(super) fn new() -> Tiles {
        let items = usize::try_from(ROOM_BYTES / TYPICAL_BYTES).unwrap_or(usize::MAX);
        Tiles {
            cache: Cache::with_weighter(items, ROOM_BYTES, Weight),
            luck: Luck::default(),
        }
    }

    /// Adds the tile of this picture to a page; `draw` makes it where it is not kept as
    /// the picture is now. `lazy` is for one that is out of sight when the page opens.
    pub fn write(
        &self,
        page: &mut String,
        (locale, lazy): (Locale, bool),
        shown: PublicCard,
        draw: impl FnOnce(PublicCard) -> String,
    ) {
        let key = format!("{}{}{}", i18n::code(locale), u8::from(lazy), shown.card.id);
        match self.cache.get(&key) {
            Some(tile) if tile.shown == shown => {
                self.luck.hits.add();
                tile.seen.again();
                page.push_str(&tile.html);
            }
            _ => {
                self.luck.misses.add();
                let html = draw(shown.clone()).into_boxed_str();
                page.push_str(&html);
                let seen = Seen::now();
                self.cache.insert(key, Arc::new(Tile { shown, html, seen }));
            }
        }
    }

    /// What is kept, and what it was good for.
    pub fn figures(&self) -> Figures {
        self.luck.figures(self.cache.len(), self.cache.weight())
    }

    /// Forgets what nobody has been shown in a while.
    pub fn forget_idle(&self) {
        self.forget_idle_at(now_s());
    }

    fn forget_idle_at(&self, now_s: u64) {
        self.cache.retain(|_, tile| !tile.seen.is_idle_at(now_s));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::seen::MOST_IDLE_S, *};
    use crate::model::{ImageCard, Prompt, Rendition};

    fn card(id: &str, prompt: &str) -> PublicCard {
        let card = ImageCard {
            id: id.to_owned(),
            width: 1,
            height: 1,
            placeholder: String::new(),
            renditions: vec![Rendition {
                src: "/a.webp".to_owned(),
                width: 1,
            }],
            prompt: Prompt(prompt.to_owned()),
            title: String::new(),
            alt: String::new(),
            public: true,
            created_at_ms: 0,
            favourite: false,
            days_left: None,
        };
        PublicCard {
            card,
            maker: "Ada".to_owned(),
            profile: None,
            likes: 0,
        }
    }

    #[test]
    fn a_tile_is_drawn_again_when_it_would_say_something_else_and_no_sooner() {
        let tiles = Tiles::new();
        let drawn = |of: (Locale, bool), card: PublicCard| {
            let (mut page, mut anew) = (String::new(), false);
            tiles.write(&mut page, of, card, |shown| {
                anew = true;
                shown.card.prompt.to_string()
            });
            (page, anew)
        };
        let english = (Locale::en, false);
        assert_eq!(drawn(english, card("1", "a fox")), ("a fox".into(), true));
        assert_eq!(drawn(english, card("1", "a fox")), ("a fox".into(), false));
        // Words that their owner shows no more.
        assert_eq!(drawn(english, card("1", "")), (String::new(), true));
        // One more likes it, and its maker has a page now.
        let mut liked = card("1", "");
        (liked.likes, liked.profile) = (1, Some("ada".to_owned()));
        assert!(drawn(english, liked).1);
        assert_eq!(drawn(english, card("2", "a fox")), ("a fox".into(), true));
        assert!(drawn((Locale::fr, false), card("1", "")).1);
        assert!(drawn((Locale::en, true), card("1", "")).1);
        tiles.forget_idle_at(now_s() + MOST_IDLE_S - 2);
        assert!(!drawn(english, card("2", "a fox")).1, "just shown");
        tiles.forget_idle_at(now_s() + 2 * MOST_IDLE_S);
        assert_eq!(tiles.cache.len(), 0);
    }

    #[test]
    fn there_is_an_end_to_all() {
        let tiles = Tiles::new();
        for number in 0..1_000 {
            let card = card(&number.to_string(), "");
            let draw = |_| "x".repeat(10_000);
            tiles.write(&mut String::new(), (Locale::en, false), card, draw);
        }
        assert!(tiles.cache.weight() <= ROOM_BYTES);
        assert!(tiles.cache.len() > 200);
    }
}
