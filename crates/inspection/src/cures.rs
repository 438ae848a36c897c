//! Changes that several rules offer.

use crate::facts::{Seen, without_arguments};
use crate::{Change, Cure};
use relume_activations::{ActivationSpec, LeakyRelu};
use relume_catalog::{number_text, rounded};
use relume_layers::{NetworkSpec, Stage};
use relume_optimizers::OptimizerSpec;
use relume_training::Plan;

/// Epochs that a cured network is trained for at least.
const EPOCHS: u64 = 10;

/// Weights whose loss is below this part of a constant's are worth keeping.
const GOOD: f64 = 0.5;

impl Seen<'_> {
    /// A cure with its statement.
    pub(crate) fn cure(&self, text: impl Into<String>, change: Change) -> Cure {
        self.names.cure(text, change, self.data)
    }

    /// The plan for a network that starts anew: for enough epochs to show whether it learns.
    pub(crate) fn fresh_plan(&self) -> Plan {
        Plan { epochs: self.plan.epochs.max(EPOCHS), schedule_epochs: 0, ..self.plan.clone() }
    }

    /// The usual learning rate of the plan's optimizer: its default, except for sgd, whose default of 0.001 is smaller
    /// than what it is mostly used with (0.1 in He and others, "Deep residual learning", 2016).
    pub(crate) fn usual_rate(&self) -> f64 {
        if self.plan.optimizer.entry().name == "sgd" {
            return 0.1;
        }
        let name = self.plan.optimizer.entry().name;
        let usual = OptimizerSpec::from_arguments(name, Vec::new(), Vec::new());
        usual.map_or(1e-3, |usual| usual.inner().learning_rate())
    }

    /// The learning rate of the plan.
    pub(crate) fn rate(&self) -> f64 {
        self.plan.optimizer.inner().learning_rate()
    }

    /// Whether it was trained at a learning rate far above its optimizer's usual one.
    pub(crate) fn is_fast(&self) -> bool {
        self.is_trained() && self.rate() > 2.0 * self.usual_rate()
    }

    /// The learning rate beside the usual one.
    pub(crate) fn too_fast(&self) -> String {
        format!("a learning rate of {}, where {} is usual", self.rate(), self.usual_rate())
    }

    /// A plan at another learning rate; `None` if its optimizer does not take that.
    pub(crate) fn plan_at(&self, plan: Plan, lr: f64) -> Option<Plan> {
        if !(lr > 0.0 && lr.is_finite()) {
            return None;
        }
        let mut options = plan.optimizer.arguments();
        options.insert("lr".to_string(), lr.into());
        let optimizer = OptimizerSpec::from_record(plan.optimizer.entry().name, options).ok()?;
        Some(Plan { optimizer, ..plan })
    }

    /// The same network from new weights, with a smaller rate; `None` if there is none.
    pub(crate) fn smaller_rate(&self) -> Option<Cure> {
        let lr = self.lower_rate();
        let plan = Some(self.plan_at(self.fresh_plan(), lr)?);
        let text = format!("new weights, and a learning rate of {}", number_text(lr));
        Some(self.cure(text, Change { network: None, reset: true, plan }))
    }

    /// A smaller rate: with the weights that it has, if it has learned something, or from new ones.
    pub(crate) fn slower(&self) -> Option<Cure> {
        if !(self.is_trained() && self.share_of_baseline().is_some_and(|share| share < GOOD)) {
            return self.smaller_rate();
        }
        let lr = self.lower_rate();
        let plan = Some(self.plan_at(self.fresh_plan(), lr)?);
        let text = format!("a learning rate of {} from now on", number_text(lr));
        Some(self.cure(text, Change { network: None, reset: false, plan }))
    }

    /// The usual rate of the optimizer, or a tenth of its own if that is smaller.
    fn lower_rate(&self) -> f64 {
        let usual = self.usual_rate();
        if self.rate() > 2.0 * usual { usual } else { rounded(self.rate() / 10.0, 1) }
    }

    /// Another network, trained from new weights.
    pub(crate) fn other_network(&self, text: impl Into<String>, network: NetworkSpec) -> Cure {
        let plan = Some(self.fresh_plan());
        self.cure(text, Change { network: Some(network), reset: false, plan })
    }

    /// The network with the default initialisers, if it has others.
    pub(crate) fn default_initialisers(&self) -> Option<Cure> {
        let network = without_arguments(self.spec(), &["init", "bias_init"])?;
        Some(self.other_network("the default initialisers", network))
    }

    /// The network with another initialiser in its dense layers and convolutions.
    pub(crate) fn initialised_by(&self, initialiser: &str) -> Option<Cure> {
        let network = with_initialiser(self.spec(), initialiser)?;
        Some(self.other_network(format!("init={initialiser}"), network))
    }

    /// The network with leaky_relu in the place of functions that can be off.
    pub(crate) fn leaky(&self) -> Option<Cure> {
        let network = map_activations(self.spec(), &|own| match own {
            ActivationSpec::Relu(_) => Some(LeakyRelu::new().into()),
            _ => None,
        })?;
        Some(self.other_network("leaky_relu, which passes a gradient below 0 too", network))
    }

    /// The network with relu in the place of functions that saturate.
    pub(crate) fn unsaturated(&self) -> Option<Cure> {
        let network = map_activations(self.spec(), &|own| match own {
            ActivationSpec::Sigmoid(_)
            | ActivationSpec::Tanh(_)
            | ActivationSpec::Hardtanh(_)
            | ActivationSpec::Hardsigmoid(_)
            | ActivationSpec::Softsign(_) => Some(relume_activations::Relu {}.into()),
            _ => None,
        })?;
        Some(self.other_network("relu, which does not saturate above 0", network))
    }
}

/// The network with other activation functions, except at its outputs; `None` if nothing changes.
pub(crate) fn map_activations(
    spec: &NetworkSpec,
    to: &dyn Fn(&ActivationSpec) -> Option<ActivationSpec>,
) -> Option<NetworkSpec> {
    let mut changed = spec.clone();
    let outputs = crate::facts::output_paths(spec);
    for located in crate::facts::located(spec) {
        let Stage::Activation(own) = located.stage else { continue };
        let Some(other) = to(own).filter(|_| !outputs.contains(&located.path)) else { continue };
        let place = changed.place(&located.path).ok()?;
        changed = changed.replaced(&place, &[other.into()]).ok()?;
    }
    (changed != *spec).then_some(changed)
}

/// The network with this initialiser in every dense layer and convolution but the last one, which starts as usual.
fn with_initialiser(spec: &NetworkSpec, initialiser: &str) -> Option<NetworkSpec> {
    let plain = without_arguments(spec, &["init", "bias_init"]).unwrap_or_else(|| spec.clone());
    let mut changed = plain.clone();
    let all = crate::facts::located(&plain);
    let weighted: Vec<_> = all.iter().filter(|own| crate::facts::is_weighted(own.name())).collect();
    for located in weighted.iter().take(weighted.len().saturating_sub(1)) {
        let (name, mut arguments) = located.stage.record();
        let mut value = serde_json::Map::new();
        value.insert(initialiser.to_string(), serde_json::Value::Object(serde_json::Map::new()));
        arguments.insert("init".to_string(), serde_json::Value::Object(value));
        let stage = Stage::from_record(name, arguments).ok()?;
        let place = changed.place(&located.path).ok()?;
        changed = changed.replaced(&place, &[stage]).ok()?;
    }
    (changed != *spec).then_some(changed)
}
