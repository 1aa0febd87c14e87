//! The models on offer: the built-in list, with what the configuration adds
//! to it and takes from it.

use super::{Config, ConfigError, Imgc};
use crate::model::catalogue::{Model, Retirement, midnight_ms};
use serde::{Deserialize, Serialize};
use url::Url;

/// The choice of models on offer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalogue {
    /// The model ids to offer; empty offers all.
    pub enabled: Vec<String>,
    /// The model id a fresh form starts with; `None`: the first on offer.
    pub default: Option<String>,
}

/// The catalogue after the configuration's additions and restrictions.
pub(super) fn offered_models(imgc: &Imgc) -> Result<Vec<Model>, ConfigError> {
    #[derive(Deserialize)]
    struct File {
        models: Vec<Model>,
    }
    let file: File = toml::from_str(include_str!("../../model/catalogue/models.toml"))
        .map_err(|e| ConfigError::one(format!("the built-in catalogue: {}", e.message())))?;
    let mut models = file.models;
    for model in &imgc.models {
        match models.iter_mut().find(|m| m.id == model.id) {
            Some(known) => *known = model.clone(),
            None => models.push(model.clone()),
        }
    }
    let misdated = |m: &&Model| {
        m.shutdown_date
            .as_deref()
            .is_some_and(|d| midnight_ms(d).is_none())
    };
    if let Some(model) = models.iter().find(misdated) {
        return Err(ConfigError::one(format!(
            "imgc.models: the shutdown_date of \"{}\" is no date (YYYY-MM-DD)",
            model.id
        )));
    }
    // Each is paid for: so many are asked for, and so many are in every price.
    for model in &mut models {
        let partials = model.partials_max.as_mut();
        let _ = partials.map(|most| *most = imgc.jobs.partials.min(*most));
    }
    let known = |id: &String| models.iter().any(|m| &m.id == id);
    let named = imgc
        .catalogue
        .enabled
        .iter()
        .chain(imgc.catalogue.default.iter());
    if let Some(unknown) = named.into_iter().find(|id| !known(id)) {
        return Err(ConfigError::one(format!(
            "catalogue: there is no model \"{unknown}\""
        )));
    }
    if !imgc.catalogue.enabled.is_empty() {
        models.retain(|m| imgc.catalogue.enabled.contains(&m.id));
    }
    if let Some(default) = &imgc.catalogue.default {
        let Some(index) = models.iter().position(|m| &m.id == default) else {
            return Err(ConfigError::one(format!(
                "catalogue.default: \"{default}\" is not among catalogue.enabled"
            )));
        };
        let first = models.remove(index);
        models.insert(0, first);
    }
    Ok(models)
}

/// The models of the configuration that are on offer now; see [`Config::offered`].
pub(super) fn offered_now(config: &Config, now_ms: i64) -> Vec<Model> {
    let with_near_date = |model: &Model| {
        let near = matches!(model.retirement(now_ms), Retirement::Soon(_));
        Model {
            shutdown_date: model.shutdown_date.clone().filter(|_| near),
            ..model.clone()
        }
    };
    let lasts = |model: &&Model| !is_gone(config, model, now_ms);
    let lasting: Vec<Model> = config
        .models
        .iter()
        .filter(lasts)
        .map(with_near_date)
        .collect();
    if lasting.is_empty() {
        // A form without any model would be none: the API itself says that they are gone.
        return config.models.iter().map(with_near_date).collect();
    }
    lasting
}

/// True once a model's last day is over where its date binds: OpenAI's dates at
/// OpenAI itself, for gateways may serve a model longer, and the dates that the
/// operator wrote everywhere.
fn is_gone(config: &Config, model: &Model, now_ms: i64) -> bool {
    let written = config.imgc.models.iter().any(|own| own.id == model.id);
    let host = Url::parse(&config.imgc.openai.base_url).ok();
    let host = host.and_then(|url| Some(url.host_str()?.to_owned()));
    let at_openai = host.is_some_and(|host| host == "openai.com" || host.ends_with(".openai.com"));
    let binds = written || (at_openai && !config.demo);
    binds && model.retirement(now_ms) == Retirement::Past
}

/// What the operator should know of the models' ends, a line each.
pub fn retirements(config: &Config, now_ms: i64) -> Vec<String> {
    let line = |model: &Model| {
        let date = model.shutdown_date.as_deref()?;
        match model.retirement(now_ms) {
            Retirement::None => None,
            Retirement::Soon(_) => Some(format!("{} is to be shut down on {date}", model.id)),
            Retirement::Past if is_gone(config, model, now_ms) => Some(format!(
                "{} was shut down on {date} and is no longer offered",
                model.id
            )),
            // An old one at a gateway or in the demo, as the operator knows.
            Retirement::Past => None,
        }
    };
    config.models.iter().filter_map(line).collect()
}
