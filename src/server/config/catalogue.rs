//! The models on offer: the built-in list, with what the configuration adds
//! to it and takes from it.

use super::{ConfigError, Imgc};
use crate::model::catalogue::Model;
use serde::{Deserialize, Serialize};

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
