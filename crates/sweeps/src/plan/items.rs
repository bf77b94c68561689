//! Items of a plan: entries of a catalogue with hyperparameters, and their expansion into variants.

use sgdlab_core::{Dialect, Domain, Entry, Range, Settings, Value};

use super::reader::{Reader, Spot, Table, one_of};
use super::source::{Place, Tree};

/// An item as it was written; its grids are not expanded yet.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub path: String,
    pub place: Place,
    /// The label before grids extend it.
    pub label: String,
    pub entry: &'static Entry,
    dialect: Option<&'static str>,
    given: Vec<Given>,
    /// A rule's own rates.
    pub rates: Option<Vec<f64>>,
}

/// One hyperparameter of an item.
#[derive(Clone, Debug)]
struct Given {
    key: &'static str,
    /// Whether it was written as a list or grid, which puts it into the label.
    gridded: bool,
    points: Points,
}

#[derive(Clone, Debug)]
enum Points {
    Values(Vec<Value>),
    Items(Vec<Item>),
    Lists(Vec<Vec<Item>>),
}

impl Points {
    fn count(&self) -> u128 {
        match self {
            Self::Values(values) => values.len() as u128,
            Self::Items(items) => items.iter().map(Item::count).fold(0, u128::saturating_add),
            Self::Lists(lists) => lists.iter().map(|list| combinations(list)).fold(0, u128::saturating_add),
        }
    }
}

/// The number of combinations of the items' variants.
fn combinations(items: &[Item]) -> u128 {
    items.iter().map(Item::count).fold(1, u128::saturating_mul)
}

/// What an axis accepts besides its entries' hyperparameters.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Whether items may carry a label.
    pub label: bool,
    /// Whether items may carry their own rates.
    pub rates: bool,
}

/// A variant of an item: one value for each hyperparameter.
pub(super) struct Variant {
    /// ` key=value` for each gridded key.
    pub suffix: String,
    /// The values.
    pub settings: Settings,
}

/// The item at a spot, or `None` after an error in it.
pub(super) fn item(
    reader: &mut Reader<'_>,
    spot: &Spot<'_>,
    catalogue: &[&'static Entry],
    shape: Shape,
) -> Option<Item> {
    let before = reader.errors();
    let Tree::Table(fields) = &spot.node.tree else {
        let entry = lookup(reader, spot, catalogue)?;
        return Some(plain(spot, entry));
    };
    let Some(name) = fields.iter().find(|field| field.key == "name") else {
        let table = reader.table(spot, &fields.iter().map(|f| f.key.as_str()).collect::<Vec<_>>(), "")?;
        reader.missing(&table, "name", &one_of(&names(catalogue)));
        return None;
    };
    let name = Spot { path: format!("{}.name", spot.path), node: &name.node };
    let entry = lookup(reader, &name, catalogue)?;
    let table = reader.table(spot, &keys(entry, shape), "")?;
    let mut item = plain(spot, entry);
    if let Some(spot) = table.get("dialect") {
        item.dialect = dialect(reader, &spot, entry);
    }
    item.label = default_label(entry, item.dialect);
    if let Some(spot) = table.get("label").filter(|_| shape.label) {
        item.label = label(reader, &spot).unwrap_or_default();
    }
    if let Some(spot) = table.get("rates").filter(|_| shape.rates) {
        item.rates = Some(reader.numbers(&spot, Range::above(0.0)));
    }
    item.given = given(reader, &table, entry);
    (reader.errors() == before).then_some(item)
}

/// An item written as a name alone.
pub(super) fn plain(spot: &Spot<'_>, entry: &'static Entry) -> Item {
    let dialect = entry.dialects.first().map(|dialect: &Dialect| dialect.name);
    let (path, place, label) = (spot.path.clone(), spot.node.place, entry.name.to_owned());
    Item { path, place, label, entry, dialect, given: Vec::new(), rates: None }
}

fn default_label(entry: &'static Entry, dialect: Option<&str>) -> String {
    match dialect {
        Some(dialect) if entry.dialects[0].name != dialect => format!("{}/{dialect}", entry.name),
        _ => entry.name.to_owned(),
    }
}

fn names(catalogue: &[&'static Entry]) -> Vec<&'static str> {
    catalogue.iter().map(|entry| entry.name).collect()
}

fn keys(entry: &'static Entry, shape: Shape) -> Vec<&'static str> {
    let mut keys = vec!["name"];
    keys.extend(shape.label.then_some("label"));
    keys.extend((!entry.dialects.is_empty()).then_some("dialect"));
    keys.extend(shape.rates.then_some("rates"));
    keys.extend(entry.hyperparameters.iter().map(|h| h.name));
    keys
}

fn lookup(reader: &mut Reader<'_>, spot: &Spot<'_>, catalogue: &[&'static Entry]) -> Option<&'static Entry> {
    reader.word(spot, &names(catalogue)).map(|position| catalogue[position])
}

fn dialect(reader: &mut Reader<'_>, spot: &Spot<'_>, entry: &'static Entry) -> Option<&'static str> {
    let known: Vec<_> = entry.dialects.iter().map(|dialect| dialect.name).collect();
    reader.word(spot, &known).map(|position| known[position])
}

fn label(reader: &mut Reader<'_>, spot: &Spot<'_>) -> Option<String> {
    let text = spot.text().filter(|text| !text.trim().is_empty() && !text.contains(char::is_control));
    if text.is_none() {
        reader.refuse(spot, "a text of one line that is not blank");
    }
    text.map(ToOwned::to_owned)
}

fn given(reader: &mut Reader<'_>, table: &Table<'_>, entry: &'static Entry) -> Vec<Given> {
    let mut list = Vec::new();
    for (key, spot) in table.spots() {
        if let Some(hyperparameter) = entry.hyperparameters.iter().find(|h| h.name == key) {
            let (gridded, points) = points(reader, &spot, &hyperparameter.domain);
            list.push(Given { key: hyperparameter.name, gridded, points });
        }
    }
    list
}

/// The values of a hyperparameter and whether they form a grid.
fn points(reader: &mut Reader<'_>, spot: &Spot<'_>, domain: &Domain) -> (bool, Points) {
    match domain {
        Domain::Item { catalogue, .. } | Domain::TacitItem { catalogue, .. } => nested(reader, spot, &catalogue()),
        Domain::Items { catalogue, .. } => lists(reader, spot, &catalogue(), domain),
        Domain::Integers { .. } | Domain::Numbers { .. } => {
            let elements = spot.elements().unwrap_or_default();
            let gridded = elements.iter().any(|element| element.elements().is_some());
            let spots = if gridded { elements } else { vec![spot.clone()] };
            (gridded, values(reader, &spots, domain))
        }
        Domain::NumbersOrWord { .. } => {
            let elements = spot.elements().unwrap_or_default();
            let gridded = elements.iter().any(|element| element.number().is_none());
            let spots = if gridded { elements } else { vec![spot.clone()] };
            (gridded, values(reader, &spots, domain))
        }
        Domain::Number { range, .. } | Domain::Optional { range, .. } if spot.has(&["log", "lin", "count"]) => {
            let points = reader.grid(spot, *range).unwrap_or_default();
            (true, Points::Values(points.into_iter().map(Value::Number).collect()))
        }
        Domain::Integer { least, .. } if spot.has(&["log", "lin", "count"]) => {
            let points = reader.grid(spot, Range::at_least(*least as f64)).unwrap_or_default();
            let values: Vec<_> = points.into_iter().map(Value::Number).collect();
            if let Some(value) = values.iter().find(|value| !domain.accepts(value)) {
                reader.refuse(spot, &format!("{domain}, and one point is {value}"));
            }
            (true, Points::Values(values))
        }
        _ => {
            let spots = reader.each(spot);
            (spot.elements().is_some(), values(reader, &spots, domain))
        }
    }
}

fn nested(reader: &mut Reader<'_>, spot: &Spot<'_>, catalogue: &[&'static Entry]) -> (bool, Points) {
    let shape = Shape { label: false, rates: false };
    let spots = reader.each(spot);
    let items: Vec<Item> = spots.iter().filter_map(|spot| item(reader, spot, catalogue, shape)).collect();
    let gridded = spot.elements().is_some() || items.iter().any(|item| item.given.iter().any(|given| given.gridded));
    (gridded, Points::Items(items))
}

/// A list of items, or a list of such lists, which is a grid; grids inside of items are grids too.
fn lists(reader: &mut Reader<'_>, spot: &Spot<'_>, catalogue: &[&'static Entry], domain: &Domain) -> (bool, Points) {
    let elements = spot.elements().unwrap_or_default();
    let several = elements.iter().any(|element| element.elements().is_some());
    let spots = if several { elements } else { vec![spot.clone()] };
    let shape = Shape { label: false, rates: false };
    let mut all = Vec::new();
    for spot in &spots {
        let elements = spot.elements().unwrap_or_default();
        if elements.is_empty() {
            reader.refuse(spot, &domain.to_string());
        }
        all.push(elements.iter().filter_map(|spot| item(reader, spot, catalogue, shape)).collect::<Vec<Item>>());
    }
    let gridded = all.iter().flatten().any(|item| item.given.iter().any(|given| given.gridded));
    (several || gridded, Points::Lists(all))
}

fn values(reader: &mut Reader<'_>, spots: &[Spot<'_>], domain: &Domain) -> Points {
    Points::Values(spots.iter().filter_map(|spot| value(reader, spot, domain)).collect())
}

/// One value; the domain says whether it is accepted.
fn value(reader: &mut Reader<'_>, spot: &Spot<'_>, domain: &Domain) -> Option<Value> {
    if let Domain::Choice { accepts, .. } | Domain::Tacit { accepts, .. } = domain {
        return reader.word(spot, accepts).map(|position| Value::Word(accepts[position].to_owned()));
    }
    let value = match (domain, &spot.node.tree) {
        (Domain::Integers { .. }, Tree::List(_)) => integers(&spot.elements().unwrap_or_default()),
        (Domain::Integers { .. }, Tree::Number(_)) => integers(std::slice::from_ref(spot)),
        (Domain::Numbers { .. } | Domain::NumbersOrWord { .. }, Tree::List(_)) => {
            numbers(&spot.elements().unwrap_or_default())
        }
        (Domain::Numbers { .. }, Tree::Number(x)) => Some(Value::Numbers(vec![*x])),
        (_, Tree::Number(x)) if x.is_finite() => Some(Value::Number(*x)),
        (_, Tree::Flag(flag)) => Some(Value::Flag(*flag)),
        (_, Tree::Text(text)) => Some(Value::Word(text.clone())),
        _ => None,
    };
    let accepted = value.filter(|value| domain.accepts(value));
    if accepted.is_none() {
        reader.refuse(spot, &domain.to_string());
    }
    accepted
}

fn numbers(spots: &[Spot<'_>]) -> Option<Value> {
    spots.iter().map(Spot::number).collect::<Option<Vec<f64>>>().map(Value::Numbers)
}

fn integers(spots: &[Spot<'_>]) -> Option<Value> {
    let whole = |spot: &Spot<'_>| spot.number().filter(|x| x.fract() == 0.0).map(|x| x as i64);
    spots.iter().map(whole).collect::<Option<Vec<i64>>>().map(Value::Integers)
}

impl Item {
    /// The number of variants, without making them.
    pub fn count(&self) -> u128 {
        self.given.iter().map(|given| given.points.count()).fold(1, u128::saturating_mul)
    }

    /// All variants; the first gridded key is the outermost.
    ///
    /// The values were accepted one by one, so that only a catalogue whose dialects are wrong fails here.
    pub fn variants(&self) -> Result<Vec<Variant>, sgdlab_core::Invalid> {
        let mut rows: Vec<(String, Vec<(&str, Value)>)> = vec![(String::new(), Vec::new())];
        for given in &self.given {
            let points = given.spelled()?;
            let extend = |(suffix, values): (String, Vec<_>)| {
                let given = &given;
                points.iter().map(move |(spelling, value)| {
                    let mut values: Vec<(&str, Value)> = values.clone();
                    values.push((given.key, value.clone()));
                    let suffix =
                        if given.gridded { format!("{suffix} {}={spelling}", given.key) } else { suffix.clone() };
                    (suffix, values)
                })
            };
            rows = rows.into_iter().flat_map(extend).collect();
        }
        let variant = |(suffix, values): (String, Vec<(&str, Value)>)| {
            let settings = Settings::in_dialect(self.entry, self.dialect, values)?;
            Ok(Variant { suffix, settings })
        };
        rows.into_iter().map(variant).collect()
    }

    /// All variants with their spellings.
    fn spelled(&self) -> Result<Vec<(String, Settings)>, sgdlab_core::Invalid> {
        let spell = |variant: Variant| Ok((spell_settings(&variant.settings), variant.settings));
        self.variants()?.into_iter().map(spell).collect()
    }
}

impl Given {
    fn spelled(&self) -> Result<Vec<(String, Value)>, sgdlab_core::Invalid> {
        match &self.points {
            Points::Values(values) => Ok(values.iter().map(|value| (spell(value), value.clone())).collect()),
            Points::Items(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(
                        item.spelled()?.into_iter().map(|(spelling, settings)| (spelling, Value::Item(settings))),
                    );
                }
                Ok(list)
            }
            Points::Lists(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    let mut rows: Vec<(Vec<String>, Vec<Settings>)> = vec![(Vec::new(), Vec::new())];
                    for item in list {
                        let variants = item.spelled()?;
                        let extend = |(spellings, items): (Vec<String>, Vec<Settings>)| {
                            variants.iter().map(move |(spelling, settings)| {
                                let spellings = [spellings.clone(), vec![spelling.clone()]].concat();
                                (spellings, [items.clone(), vec![settings.clone()]].concat())
                            })
                        };
                        rows = rows.into_iter().flat_map(extend).collect();
                    }
                    let value = |(spellings, items): (Vec<String>, _)| (spellings.join("+"), Value::Items(items));
                    all.extend(rows.into_iter().map(value));
                }
                Ok(all)
            }
        }
    }
}

/// A value as labels spell it.
fn spell(value: &Value) -> String {
    match value {
        Value::Number(x) => spell_number(*x),
        Value::Word(word) => word.replace(char::is_control, " "),
        Value::Item(settings) => spell_settings(settings),
        Value::Items(items) => format!("[{}]", items.iter().map(spell_settings).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// `name/dialect(key=value, …)` with the keys that differ from the dialect's defaults.
fn spell_settings(settings: &Settings) -> String {
    let defaults = Settings::in_dialect(settings.entry(), settings.dialect(), []).expect("a dialect has defaults");
    let changed = settings.values().iter().filter(|given| !defaults.values().contains(given));
    let texts: Vec<String> = changed.map(|(key, value)| format!("{key}={}", spell(value))).collect();
    let name = default_label(settings.entry(), settings.dialect());
    if texts.is_empty() { name } else { format!("{name}({})", texts.join(", ")) }
}

/// The shortest digits that give the number back, with an exponent only where it is shorter.
pub(super) fn spell_number(x: f64) -> String {
    let (plain, exponent) = (x.to_string(), format!("{x:e}"));
    if exponent.len() < plain.len() { exponent } else { plain }
}
