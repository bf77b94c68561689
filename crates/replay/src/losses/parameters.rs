//! The parameters of a record, each of which is to be read.

use std::cell::RefCell;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::number::{Number, plain};

/// Parameters, and which have been read.
pub(super) struct Parameters<'a> {
    map: &'a Map<String, Json>,
    read: RefCell<Vec<String>>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(map: &'a Map<String, Json>) -> Self {
        Self { map, read: RefCell::new(Vec::new()) }
    }

    /// The parameter, unless it is missing or `null`.
    pub(super) fn get(&self, key: &'static str) -> Option<&'a Json> {
        self.read.borrow_mut().push(key.to_owned());
        self.map.get(key).filter(|json| !json.is_null())
    }

    /// Says that something else has read a hyperparameter, which plans spell with `-`.
    pub(super) fn take(&self, hyperparameter: &str) {
        let key = hyperparameter.replace('-', "_");
        self.read.borrow_mut().push(key);
    }

    pub(super) fn number(&self, key: &'static str, default: f64) -> Result<f64, String> {
        let Some(json) = self.get(key) else { return Ok(default) };
        Number::deserialize(json).map(|number| number.0).map_err(|_| format!("{key} = {json} is not a number"))
    }

    pub(super) fn flag(&self, key: &'static str, default: bool) -> Result<bool, String> {
        let Some(json) = self.get(key) else { return Ok(default) };
        json.as_bool().ok_or_else(|| format!("{key} = {json} is neither true nor false"))
    }

    pub(super) fn word(&self, key: &'static str) -> Result<Option<&'a str>, String> {
        let Some(json) = self.get(key) else { return Ok(None) };
        json.as_str().map(Some).ok_or_else(|| format!("{key} = {json} is not a word"))
    }

    /// A list of numbers, or one number.
    pub(super) fn list(&self, key: &'static str) -> Result<Option<Vec<f64>>, String> {
        let Some(json) = self.get(key) else { return Ok(None) };
        let list = if json.is_array() {
            Vec::<Number>::deserialize(json)
        } else {
            Number::deserialize(json).map(|number| vec![number])
        };
        let list = list.map_err(|_| format!("{key} = {json} is no list of numbers"))?;
        if list.is_empty() { Err(format!("{key} is empty")) } else { Ok(Some(plain(&list))) }
    }

    /// All that are not read yet, for losses of the catalogue, which check them themselves.
    pub(super) fn rest(&self) -> Vec<(&'a String, &'a Json)> {
        let read = self.read.borrow();
        self.map.iter().filter(|(key, _)| !read.contains(key)).collect()
    }

    /// Refuses those that nothing has read.
    pub(super) fn finish(&self, loss: &str) -> Result<(), String> {
        match self.rest().first() {
            Some((key, _)) => Err(format!("{loss} has no parameter \"{key}\"")),
            None => Ok(()),
        }
    }
}
