//! What the drawing of a network shows: boxes one after another, and frames around networks inside of stages.

use crate::html::cut;
use relume_catalog::count_text;
use relume_layers::{LayerSpec, Network, NetworkSpec, Role, Stage};
use relume_tensor::Shape;

/// Boxes of a drawing, stages of a run that are drawn if there are more, and branches of a stage.
const BOXES: usize = 120;
const RUN: usize = 24;
const FIRST: usize = 14;
const LAST: usize = 6;
const BRANCHES: usize = 6;
/// Frames within one another; what is deeper is a box.
const DEEPEST: usize = 3;
/// Characters of a box's words.
const WORDS: usize = 27;

/// What is drawn, in the order of the pass, each with the shape that leaves it.
pub(super) type Flow = Vec<(Node, Option<String>)>;

/// A box or a frame.
#[derive(Debug)]
pub(super) enum Node {
    /// A stage.
    Stage {
        /// Its words, and all of them.
        title: String,
        full: String,
        /// What stands below, such as the number of parameters.
        note: Option<String>,
        /// Whether it has parameters.
        is_weighted: bool,
    },
    /// Stages that are left out.
    More(String),
    /// A stage with networks inside.
    Frame {
        title: String,
        branches: Vec<Flow>,
        /// How the branches are joined; nothing if there is one.
        join: Option<&'static str>,
    },
}

/// A network as it is drawn.
pub(super) fn flow(network: &Network) -> Flow {
    let mut drawing = Drawing { network, boxes: BOXES };
    drawing.run(network.spec(), Some(network.input()), "", 0)
}

struct Drawing<'a> {
    network: &'a Network,
    /// Boxes that may still be drawn.
    boxes: usize,
}

impl Drawing<'_> {
    /// The stages of a network whose parameters' names begin with `prefix`.
    fn run(
        &mut self,
        spec: &NetworkSpec,
        input: Option<Shape>,
        prefix: &str,
        depth: usize,
    ) -> Flow {
        let shapes = input.and_then(|input| spec.shapes(input).ok());
        let count = spec.layers.len();
        let mut flow = Flow::new();
        for (at, stage) in spec.layers.iter().enumerate() {
            let is_left = count > RUN && (FIRST..count - LAST).contains(&at);
            let shape = shapes.as_ref().and_then(|shapes| shapes.get(at));
            if is_left || self.boxes == 0 {
                let left = if is_left { count - LAST - FIRST } else { count - at };
                match is_left {
                    true if at > FIRST => {}
                    _ => flow.push((Node::More(format!("{left} more stages")), None)),
                }
                if is_left {
                    continue;
                }
                break;
            }
            let before = match at.checked_sub(1) {
                None => input,
                Some(before) => shapes.as_ref().and_then(|shapes| shapes.get(before).copied()),
            };
            let path = format!("{prefix}{at}");
            flow.push((self.node(stage, before, &path, depth), shape.map(sizes)));
        }
        flow
    }

    fn node(&mut self, stage: &Stage, input: Option<Shape>, path: &str, depth: usize) -> Node {
        self.boxes = self.boxes.saturating_sub(1);
        let networks = stage.kind().networks();
        if networks.is_empty() || depth >= DEEPEST {
            return self.stage(stage, path);
        }
        let is_handed_on = matches!(
            stage,
            Stage::Layer(
                LayerSpec::Chain(_)
                    | LayerSpec::Shared(_)
                    | LayerSpec::Residual(_)
                    | LayerSpec::Concat(_)
            )
        );
        let mut branches = Vec::new();
        for inner in networks.iter().take(BRANCHES) {
            let prefix = match inner.prefix.as_str() {
                "" => format!("{path}."),
                own => format!("{path}.{own}."),
            };
            branches.push(self.run(inner.spec, input.filter(|_| is_handed_on), &prefix, depth + 1));
        }
        let more = networks.len().saturating_sub(BRANCHES);
        if more > 0 {
            branches.push(vec![(Node::More(format!("{more} more branches")), None)]);
        }
        let join = match stage {
            Stage::Layer(LayerSpec::Residual(_)) => Some("+"),
            Stage::Layer(LayerSpec::Concat(_)) => Some("concat"),
            Stage::Layer(LayerSpec::Bilinear(_)) => Some("×"),
            _ if branches.len() > 1 => Some(stage.entry().name),
            _ => None,
        };
        // The input itself is the other branch of a sum.
        if join == Some("+") && branches.len() == 1 {
            branches.push(Flow::new());
        }
        let title = stage.name().map_or_else(|| stage.entry().name.to_string(), |own| cut(own, 16));
        Node::Frame { title, branches, join }
    }

    fn stage(&self, stage: &Stage, path: &str) -> Node {
        let prefix = format!("{path}.");
        let own = || {
            let all = self.network.parameters().iter().map(|(_, own)| own);
            all.filter(|own| own.role == Role::Trained && own.name.starts_with(&prefix))
        };
        let count: usize = own().map(|own| own.value.count()).sum();
        let is_frozen = count > 0 && own().all(|own| own.frozen);
        let note = (count > 0).then(|| {
            let frozen = if is_frozen { ", frozen" } else { "" };
            format!("{} parameters{frozen}", count_text(count))
        });
        let full = stage.label();
        Node::Stage { title: cut(&full, WORDS), full, note, is_weighted: count > 0 }
    }
}

fn sizes(shape: &Shape) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}
