//! Plans, with overrides.

use sgdlab_sweeps::catalogues;
use sgdlab_sweeps::plan::{Catalogues, Plan};

use crate::engine::{Reader, fuzz};
use crate::mutate::Corpus;
use crate::seed;

/// What stands before every override, after the plan.
const SET: char = '\u{1e}';

/// A plan with most keys, and overrides.
const FULL: &str = "name = \"full\"
question = \"Which?\"
problems = [\"softmax\", { name = \"softmax\", label = \"ridge\", l2 = { log = [1e-4, 1e-2], count = 3 } },
            { name = \"linear\", data = \"x.csv\", loss = [\"squared\", { name = \"huber\", delta = { lin = [1, 2], count = 2 } }] }]
rules = [\"sgd\", { name = \"sgd\", label = \"momentum\", momentum = [0.9, 0.99] },
         { name = \"adam\", dialect = \"optax\", rates = { log = [1e-4, 1e-1], count = 4 } },
         { name = \"clipped\", base = { name = \"sgd\", momentum = [0.5, 0.9] } }]
rates = { log = [1e-3, 1.0], count = 7 }
batch-sizes = [16, 128]
samplers = [\"reshuffle\", { name = \"reshuffle\", label = \"both\", remainder = [\"drop\", \"keep\"] }]
schedules = [\"constant\", { name = \"piecewise-constant\", boundaries = [10, 20], factors = [1, 0.5, 0.1] }]
estimators = [\"plain\", \"svrg\"]
replicates = 3
precision = [\"f32\", \"f64\"]
budget = { epochs = 10 }
targets = { metric = \"value\", values = [0.3, 0.1] }
metrics = [\"error\", \"test-value\"]
log = { every-steps = 50 }
parameters = true

[[exclude]]
rule = \"adam\"
rate = { min = 0.05 }
batch-size = 16
\u{1e}budget.steps=100\u{1e}rates=[0.1, 0.2]\u{1e}log.per-decade=4";

const WORDS: &[&str] = &[
    "\u{1e}",
    "[[exclude]]\n",
    "{ log = [1, 2], count = 10000 }",
    "{ lin = [-1, 1], count = 2 }",
    "[]",
    "{}",
    "[[1], 2]",
    "1979-05-27",
    "name = ",
    "label = \"x\", ",
    "budget",
    "rates",
    "rules",
    "problems",
    "targets",
    "exclude",
    "steps",
    "{ name = \"huber\", delta = 2 }",
    "\"huber\"",
    "hidden = [[8], [16, 16]], ",
    "momentum = ",
    "\"\"\"\n",
    "['sgd', ",
    "\u{1e}rules.label=",
    "\u{1e}exclude=[]",
    "\u{1e}problems.loss=huber",
    "\u{1e}a.b.c.d=",
    "\u{1e}rates.log=[1, 2]",
];

struct Plans(Catalogues);

impl Plans {
    fn parse(&self, text: &str, sets: &[String]) -> Result<Plan, Vec<String>> {
        let plan = Plan::parse(text, "x.toml", sets, &self.0);
        plan.map_err(|errors| {
            // What is shown on a terminal may have line ends and nothing else that is no character.
            let rendered = errors.render().replace('\n', "");
            let rendered = rendered.chars().filter(|c| c.is_control()).map(|c| format!("x.toml shows {c}"));
            errors.errors.iter().map(ToString::to_string).chain(rendered).collect()
        })
    }
}

impl Reader for Plans {
    type Value = Plan;
    const NAME: &'static str = "plans";
    const CASES: u64 = 1000;

    fn corpus(&self) -> Corpus {
        let bundled = ["digits", "iris", "line", "toy-sweep"].map(|name| seed(&format!("data/plans/{name}.toml")));
        let small = "name = \"a\"\nquestion = \"b\"\nproblems = \"line\"\nrules = \"sgd\"\nrates = 0.1\nbudget = { steps = 9 }\n";
        Corpus::new(bundled.into_iter().chain([FULL.into(), small.into()]).collect(), WORDS)
    }

    fn read(&self, input: &[u8]) -> Result<Plan, Vec<String>> {
        let input = String::from_utf8_lossy(input);
        let mut parts = input.split(SET);
        let text = parts.next().unwrap_or_default();
        self.parse(text, &parts.map(str::to_owned).collect::<Vec<_>>())
    }

    fn names_place(&self, message: &str) -> bool {
        message.starts_with("x.toml:") || message.starts_with("--set ")
    }

    fn check(&self, _: &[u8], plan: &Plan) -> Result<(), String> {
        let resolved = plan.resolved_toml();
        match self.parse(&resolved, &[]) {
            Ok(again) if again == *plan => Ok(()),
            Ok(_) => Err(format!("the resolved plan is another one:\n{resolved}")),
            Err(errors) => Err(format!("the resolved plan is refused: {errors:?}")),
        }
    }
}

#[test]
fn plans_are_read_or_refused() {
    fuzz(&Plans(catalogues()));
}
