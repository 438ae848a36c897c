//! The parameters and buffers of a network.

use relume_tensor::{Shape, Tensor};

/// A handle of a [`Parameter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub(crate) usize);

impl ParameterId {
    /// Its position among the network's parameters and buffers.
    pub fn index(self) -> usize {
        self.0
    }
}

/// The role of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Trained by gradients.
    Trained,
    /// Kept by a layer, such as a running mean; saved, but without a gradient.
    Buffer,
}

/// A named tensor of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// PyTorch's name in a sequential network: `0.weight`.
    pub name: String,
    /// Its numbers.
    pub value: Tensor,
    /// Its role.
    pub role: Role,
    /// Whether it is frozen.
    pub frozen: bool,
}

impl Parameter {
    /// Whether training changes it by its gradient.
    pub fn is_trained(&self) -> bool {
        self.role == Role::Trained && !self.frozen
    }
}

/// All parameters and buffers of a network, in the order of its layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    items: Vec<Parameter>,
}

impl Parameters {
    pub(crate) fn add(&mut self, name: String, value: Tensor, role: Role) -> ParameterId {
        self.items.push(Parameter { name, value, role, frozen: false });
        ParameterId(self.items.len() - 1)
    }

    /// The parameter of a handle.
    ///
    /// # Panics
    /// The handle belongs to another network.
    pub fn get(&self, id: ParameterId) -> &Parameter {
        &self.items[id.0]
    }

    /// The parameter of a handle, for writing.
    ///
    /// # Panics
    /// The handle belongs to another network.
    pub fn get_mut(&mut self, id: ParameterId) -> &mut Parameter {
        &mut self.items[id.0]
    }

    /// The parameter of this name.
    pub fn find(&self, name: &str) -> Option<ParameterId> {
        self.items.iter().position(|parameter| parameter.name == name).map(ParameterId)
    }

    /// All of them with their handles.
    pub fn iter(&self) -> impl Iterator<Item = (ParameterId, &Parameter)> {
        self.items.iter().enumerate().map(|(i, parameter)| (ParameterId(i), parameter))
    }

    /// All of them, for writing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ParameterId, &mut Parameter)> {
        self.items.iter_mut().enumerate().map(|(i, parameter)| (ParameterId(i), parameter))
    }

    /// The names and shapes of all of them.
    pub fn shapes(&self) -> Vec<(&str, Shape)> {
        self.items.iter().map(|item| (item.name.as_str(), item.value.shape())).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no parameters and buffers.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many numbers are trained.
    pub fn trained_count(&self) -> usize {
        let trained = self.items.iter().filter(|parameter| parameter.is_trained());
        trained.map(|parameter| parameter.value.count()).sum()
    }

    /// How many numbers could be trained, frozen ones included.
    pub fn count(&self) -> usize {
        let trained = self.items.iter().filter(|parameter| parameter.role == Role::Trained);
        trained.map(|parameter| parameter.value.count()).sum()
    }
}
