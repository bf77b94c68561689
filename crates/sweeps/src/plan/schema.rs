//! placeholder
use super::types::Catalogues;
/// x
pub fn schema(_c: &Catalogues) -> serde_json::Value {
    serde_json::Value::Null
}
