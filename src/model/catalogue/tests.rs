//! The catalogue's rules against the figures the API's documentation prints.

use super::*;

fn models() -> Vec<Model> {
    #[derive(Deserialize)]
    struct File {
        models: Vec<Model>,
    }
    toml::from_str::<File>(include_str!("models.toml"))
        .expect("the built-in catalogue parses")
        .models
}

fn model(id: &str) -> Model {
    models()
        .into_iter()
        .find(|m| m.id == id)
        .expect("a known model")
}

fn quoted_cents(id: &str, quality: &str, size: &str) -> f64 {
    // The table is without partial pictures.
    let model = Model {
        partials_max: None,
        ..model(id)
    };
    let settings = Settings {
        quality: quality.into(),
        size: size.into(),
        count: 2,
        ..model.defaults()
    };
    model.quote(&settings, 0).micros as f64 / 20_000.0
}

#[test]
fn quotes_match_the_published_table() {
    let table = [
        ("gpt-image-2", "low", ".006 .005 .011"),
        ("gpt-image-2", "medium", ".053 .041 .100"),
        ("gpt-image-2", "high", ".211 .165 .400"),
        ("gpt-image-2.5-flare", "medium", ".013 .010 .026"),
        ("gpt-image-2.5-flare", "xhigh", ".094 .074 .178"),
        ("gpt-image-2.5-sunburst", "max", ".211 .165 .400"),
    ];
    for (id, quality, dollars) in table {
        let sizes = ["1024x1024", "1536x1024", "3840x2160"];
        for (size, dollars) in sizes.iter().zip(dollars.split(' ')) {
            let published: f64 = dollars.parse::<f64>().expect("a figure") * 100.0;
            let quoted = quoted_cents(id, quality, size);
            assert!(
                (quoted - published).abs() < 0.06,
                "{id} {quality} {size}: {quoted} ¢, published {published} ¢"
            );
        }
    }
    let dalle = model("dall-e-3");
    let hd = Settings {
        quality: "hd".into(),
        size: "1792x1024".into(),
        ..dalle.defaults()
    };
    assert_eq!(dalle.quote(&hd, 4000).micros, 120_000);
}

#[test]
fn every_default_is_valid_and_reserves_at_least_its_quote() {
    for model in models() {
        let settings = model.defaults();
        assert_eq!(model.check(&Prompt("a boat".into()), &settings), Ok(()));
        let quote = model.quote(&settings, 6);
        assert!(quote.reserve_micros >= quote.micros && quote.micros > 0);
    }
}

#[test]
fn free_sizes_obey_every_edge_of_the_rule() {
    let model = model("gpt-image-2.5-flare");
    let check = |size: &str| model.check_size(size);
    assert_eq!(check("3840x2160"), Ok(()));
    assert_eq!(check("816x816"), Ok(()));
    assert_eq!(check("auto"), Ok(()));
    assert_eq!(
        check("1000x1000"),
        Err(Problem::SizeNotMultiple { multiple: 16 })
    );
    assert_eq!(check("3856x1600"), Err(Problem::SizeTooLarge));
    assert_eq!(check("3840x2176"), Err(Problem::SizeTooLarge));
    assert_eq!(check("800x800"), Err(Problem::SizeTooSmall));
    assert_eq!(
        check("2464x816"),
        Err(Problem::SizeTooElongated { ratio: 3 })
    );
    assert_eq!(check("0x0"), Err(Problem::SizeNotMultiple { multiple: 16 }));
    for nonsense in [
        "",
        "x",
        "1024x",
        "-16x16",
        "1024X1024",
        "1e3x1e3",
        "999999x16",
    ] {
        assert_eq!(check(nonsense), Err(Problem::SizeNotOffered), "{nonsense}");
    }
    assert_eq!(
        super::tests::model("dall-e-3").check_size("1536x1024"),
        Err(Problem::SizeNotOffered)
    );
}

#[test]
fn what_a_model_lacks_is_refused_by_name() {
    let dalle = model("dall-e-3");
    let prompt = Prompt("a boat".into());
    let with = |change: fn(&mut Settings)| {
        let mut settings = dalle.defaults();
        change(&mut settings);
        dalle.check(&prompt, &settings)
    };
    assert_eq!(
        with(|s| s.quality = "high".into()),
        Err(Problem::QualityNotOffered)
    );
    assert_eq!(
        with(|s| s.count = 2),
        Err(Problem::CountNotOffered { limit: 1 })
    );
    assert_eq!(
        with(|s| s.count = 0),
        Err(Problem::CountNotOffered { limit: 1 })
    );
    assert_eq!(
        with(|s| s.format = "webp".into()),
        Err(Problem::FormatNotOffered)
    );
    assert_eq!(
        with(|s| s.background = Some("opaque".into())),
        Err(Problem::BackgroundNotOffered)
    );
    assert_eq!(
        with(|s| s.style = Some("cubist".into())),
        Err(Problem::StyleNotOffered)
    );
}

#[test]
fn transparent_jpegs_do_not_exist() {
    let model = model("gpt-image-2");
    let settings = Settings {
        background: Some("transparent".into()),
        format: "jpeg".into(),
        ..model.defaults()
    };
    assert_eq!(
        model.check(&Prompt("a fox".into()), &settings),
        Err(Problem::BackgroundNotOffered)
    );
}

#[test]
fn prompts_are_checked_by_character_not_by_byte() {
    let limit = 10;
    let check = |text: &str| check_prompt(&Prompt(text.into()), limit);
    assert_eq!(check("éééééééééé"), Ok(()));
    assert_eq!(check("ééééééééééé"), Err(Problem::PromptTooLong { limit }));
    assert_eq!(check(" \n\t "), Err(Problem::EmptyPrompt));
    for nothing in ["\u{200b}\u{200b}", "\u{3164}", "\u{2800}", "\u{301}\u{301}"] {
        assert_eq!(check(nothing), Err(Problem::EmptyPrompt), "{nothing:?}");
    }
    assert_eq!(check("🦊 مرحبا"), Ok(()));
}

#[test]
fn adapting_keeps_what_the_other_model_also_takes() {
    let from = Settings {
        size: "1024x1024".into(),
        quality: "max".into(),
        count: 4,
        format: "webp".into(),
        ..model("gpt-image-2.5-flare").defaults()
    };
    let dalle = model("dall-e-3");
    let adapted = dalle.adapt(&from);
    assert_eq!(adapted.size, "1024x1024");
    assert_eq!(adapted.count, 1);
    assert_eq!(dalle.check(&Prompt("x".into()), &adapted), Ok(()));
}

#[test]
fn usage_settles_to_the_true_cost() {
    let model = model("gpt-image-2.5-flare");
    let usage = Usage {
        text_in: 10,
        image_in: 0,
        out: 439,
    };
    let cost = model.settle(&model.defaults(), 40, Some(usage), 1);
    assert_eq!((cost.micros, cost.estimated), (50 + 13_170, false));
}

#[test]
fn what_came_is_priced_and_no_count_out_of_proportion_is_believed() {
    let model = model("gpt-image-2.5-flare");
    let four = Settings {
        count: 4,
        ..model.defaults()
    };
    let all = model.quote(&four, 40).micros;
    let counted = |out| {
        Some(Usage {
            text_in: 10,
            image_in: 0,
            out,
        })
    };
    for usage in [None, counted(0), counted(1), counted(u64::MAX)] {
        let cost = model.settle(&four, 40, usage, 1);
        assert!(cost.estimated, "{usage:?}");
        assert!(
            (all / 5..all / 3).contains(&cost.micros),
            "{cost:?} of {all}"
        );
    }
    // Whatever came, what the API counted is what is billed.
    let cost = model.settle(&four, 40, counted(4 * 439), 1);
    assert_eq!((cost.micros, cost.estimated), (50 + 4 * 13_170, false));
    let dalle = self::model("dall-e-3");
    let cost = dalle.settle(&dalle.defaults(), 40, counted(5), 1);
    assert_eq!((cost.micros, cost.estimated), (40_000, false));
}
