//! Graphs: a node for each stage of a network, by its path.

use crate::messages::graph::{Attr, AttrValue, GraphDef, ListValue, NodeDef, VersionDef};
use crate::messages::summary::TensorShape;
use relume_layers::{Network, NetworkSpec, Role, Stage};
use relume_tensor::Shape;
use std::collections::BTreeMap;

/// A node of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its name; `/` stands between a group, which TensorBoard opens and closes, and what is in it.
    pub name: String,
    /// What it is: `dense`.
    pub operation: String,
    /// The names of the nodes whose outputs it takes.
    pub inputs: Vec<String>,
    /// The sizes of one sample of its output, if they are known.
    pub output: Option<Vec<usize>>,
    /// What else is shown of it, by name.
    pub attributes: Vec<(String, String)>,
}

/// The version of TensorFlow's graphs that is written.
const PRODUCER: i32 = 22;

pub(crate) fn graph_message(nodes: &[GraphNode]) -> GraphDef {
    GraphDef {
        node: nodes.iter().map(node_message).collect(),
        versions: Some(VersionDef { producer: PRODUCER }),
    }
}

fn node_message(node: &GraphNode) -> NodeDef {
    let text = |(name, text): &(String, String)| {
        (name.clone(), AttrValue { value: Some(Attr::S(text.as_bytes().to_vec())) })
    };
    let mut attr: BTreeMap<String, AttrValue> = node.attributes.iter().map(text).collect();
    if let Some(output) = &node.output {
        // Any number of samples.
        let sizes = [-1].into_iter().chain(output.iter().map(|&size| size as i64));
        let shape = vec![TensorShape::of(sizes)];
        let list = AttrValue { value: Some(Attr::List(ListValue { shape })) };
        attr.insert("_output_shapes".to_string(), list);
    }
    NodeDef {
        name: node.name.clone(),
        op: node.operation.clone(),
        input: node.inputs.clone(),
        device: String::new(),
        attr,
    }
}

/// A network as a graph: `input`, and a node for each stage under its place and its name, `0_dense`. A stage that holds
/// networks is a group of theirs, `2_residual/body/0_dense`, with a node `2_residual/out` that joins them.
pub fn network_graph(network: &Network) -> Vec<GraphNode> {
    let mut walk = Walk { network, nodes: Vec::new() };
    walk.nodes.push(GraphNode {
        name: "input".to_string(),
        operation: "Placeholder".to_string(),
        inputs: Vec::new(),
        output: Some(network.input().to_vec()),
        attributes: Vec::new(),
    });
    let place = Place { group: String::new(), path: String::new() };
    walk.chain(network.spec(), &place, "input", Some(network.input()));
    walk.nodes
}

struct Walk<'a> {
    network: &'a Network,
    nodes: Vec<GraphNode>,
}

/// Where a chain of stages stands.
struct Place {
    /// What its nodes' names begin with: `2_residual/body/`.
    group: String,
    /// What its parameters' names begin with: `2.body.`.
    path: String,
}

impl Walk<'_> {
    /// Adds the stages of a chain; returns the name of its last node.
    fn chain(
        &mut self,
        spec: &NetworkSpec,
        place: &Place,
        input: &str,
        shape: Option<Shape>,
    ) -> String {
        let shapes = shape.and_then(|shape| spec.shapes(shape).ok()).unwrap_or_default();
        let mut before = (input.to_string(), shape);
        for (i, stage) in spec.layers.iter().enumerate() {
            let output = shapes.get(i).copied();
            let name = self.stage(stage, i, place, (&before.0, before.1), output);
            before = (name, output);
        }
        before.0
    }

    /// Adds a stage; returns the name of the node that has its output.
    fn stage(
        &mut self,
        stage: &Stage,
        i: usize,
        place: &Place,
        (input, shape): (&str, Option<Shape>),
        output: Option<Shape>,
    ) -> String {
        let operation = stage.entry().name;
        let name = format!("{}{i}_{operation}", place.group);
        let path = format!("{}{i}.", place.path);
        let inside = stage.kind().networks();
        let (name, inputs) = match inside.is_empty() {
            true => (name, vec![input.to_string()]),
            false => {
                let mut ends: Vec<String> = Vec::new();
                for own in &inside {
                    let prefix = match own.prefix.as_str() {
                        "" => String::new(),
                        prefix => format!("{prefix}."),
                    };
                    let group = format!("{name}/{}/", own.argument.replace('.', "_"));
                    let place = Place { group, path: format!("{path}{prefix}") };
                    ends.push(self.chain(own.spec, &place, input, shape));
                }
                // The way around a residual connection's layers.
                if operation == "residual" && inside.len() == 1 {
                    ends.push(input.to_string());
                }
                (format!("{name}/out"), ends)
            }
        };
        let mut attributes = vec![("stage".to_string(), stage.to_string())];
        let count = self.parameters(&path);
        if count > 0 {
            attributes.push(("parameters".to_string(), count.to_string()));
        }
        let output = output.map(|shape| shape.to_vec());
        let operation = operation.to_string();
        self.nodes.push(GraphNode { name: name.clone(), operation, inputs, output, attributes });
        name
    }

    /// How many numbers the parameters of a stage have.
    fn parameters(&self, path: &str) -> usize {
        let all = self.network.parameters().iter().map(|(_, parameter)| parameter);
        let own = all.filter(|own| own.role == Role::Trained && own.name.starts_with(path));
        own.map(|own| own.value.count()).sum()
    }
}
