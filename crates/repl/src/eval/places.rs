//! What stands in square brackets, evaluated: which items of a value are picked.

use crate::syntax::{Expr, Slice, Span, Subscript};
use crate::{Failure, Session, Value};
use relume_layers::{NetworkSpec, StagePlace};
use relume_tensor::Index;
use relume_training::TrainError;

/// What is picked of one axis, and where that stands in the text.
#[derive(Debug)]
pub(crate) struct Place {
    pub pick: Pick,
    pub span: Span,
}

/// What is picked of one axis.
#[derive(Debug)]
pub(crate) enum Pick {
    /// A number, a name, a mask, a list of numbers.
    Item(Value),
    /// A stretch; what is left out is its begin and its end.
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
}

impl Session {
    /// The subscripts of an expression, evaluated.
    pub(crate) fn places(&mut self, subscripts: &[Subscript]) -> Result<Vec<Place>, Failure> {
        subscripts.iter().map(|subscript| self.place(subscript)).collect()
    }

    fn place(&mut self, subscript: &Subscript) -> Result<Place, Failure> {
        let pick = match subscript {
            Subscript::Item(expr) => {
                let value = self.evaluate(expr)?;
                match self.concrete(value) {
                    Value::Range(start, end) => {
                        Pick::Slice { start: Some(start), end: Some(end), step: 1 }
                    }
                    value => Pick::Item(value),
                }
            }
            Subscript::Slice(Slice { start, end, step, .. }) => {
                let (start, end) = (self.bound(start.as_ref())?, self.bound(end.as_ref())?);
                let given = self.bound(step.as_ref())?.unwrap_or(1);
                if let (0, Some(step)) = (given, step) {
                    return Err(Failure::at(step.span, "a step is not 0"));
                }
                Pick::Slice { start, end, step: given }
            }
        };
        Ok(Place { pick, span: subscript.span() })
    }

    fn bound(&mut self, expr: Option<&Expr>) -> Result<Option<i64>, Failure> {
        expr.map(|expr| self.whole(expr)).transpose()
    }
}

impl Place {
    /// The name of a field or stage.
    pub fn name(&self) -> Option<&str> {
        match &self.pick {
            Pick::Item(Value::Text(name)) => Some(name),
            _ => None,
        }
    }

    pub(super) fn outside(&self, size: usize) -> Failure {
        let items = if size == 1 { "is 1 item" } else { &format!("are {size} items") };
        Failure::at(self.span, format!("there {items}, counted from 0"))
    }

    /// The number of a single item, negative ones counted from the end.
    pub fn number(&self) -> Option<i64> {
        let number = match &self.pick {
            Pick::Item(Value::Number(x)) => *x,
            Pick::Item(Value::Tensor(tensor)) if tensor.rank() == 0 => f64::from(tensor.item()?),
            _ => return None,
        };
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    }

    /// The position of a single item among so many.
    pub fn position(&self, size: usize) -> Result<usize, Failure> {
        let Some(number) = self.number() else {
            let what = match &self.pick {
                Pick::Item(value) => super::describe(value),
                Pick::Slice { .. } => "a slice".to_string(),
            };
            return Err(Failure::at(
                self.span,
                format!("the number of an item is wanted here, not {what}"),
            ));
        };
        let from_start = if number < 0 { number + size as i64 } else { number };
        usize::try_from(from_start).ok().filter(|&at| at < size).ok_or_else(|| self.outside(size))
    }

    /// The stretch from one position to before another.
    pub fn stretch(&self, size: usize) -> Result<std::ops::Range<usize>, Failure> {
        match self.pick {
            Pick::Slice { start, end, step: 1 } => {
                let start = self.edge(start.unwrap_or(0), size)?;
                let end = self.edge(end.unwrap_or(size as i64), size)?;
                if start <= end { Ok(start..end) } else { Err(self.outside(size)) }
            }
            _ => Err(Failure::at(self.span, "a stretch is wanted here, such as 2..5")),
        }
    }

    /// The stages of a network: one by its number or its path, several by a range.
    pub fn stages(&self, spec: &NetworkSpec) -> Result<StagePlace, Failure> {
        let count = spec.layers.len();
        if let Some(path) = self.name() {
            let failed = |error| Failure::training(&TrainError::Layer(error), self.span, None);
            return spec.place(path).map_err(failed);
        }
        let outside = |message: String| Failure::at(self.span, message).help(spec.outline());
        match (&self.pick, self.number()) {
            (_, Some(number)) => {
                let from_start = if number < 0 { number + count as i64 } else { number };
                let at = usize::try_from(from_start).ok().filter(|&at| at < count);
                let at = at.ok_or_else(|| {
                    outside(format!("there is no stage {number}: stages are counted from 0"))
                })?;
                Ok(StagePlace::stages(at..at + 1))
            }
            (Pick::Slice { step: 1, .. }, None) => {
                let range = self.stretch(count).map_err(|_| {
                    outside("there are no such stages: they are counted from 0".to_string())
                })?;
                Ok(StagePlace::stages(range))
            }
            _ => Err(outside(
                "a stage is picked by its number or its name, several by a range such as 2..5"
                    .to_string(),
            )),
        }
    }

    /// A bound of a slice: a position, or that after the last one.
    fn edge(&self, bound: i64, size: usize) -> Result<usize, Failure> {
        let from_start = if bound < 0 { bound.saturating_add(size as i64) } else { bound };
        usize::try_from(from_start).ok().filter(|&at| at <= size).ok_or_else(|| self.outside(size))
    }

    /// All positions that are picked of so many items, in their order.
    pub fn positions(&self, size: usize) -> Result<Vec<usize>, Failure> {
        match &self.pick {
            Pick::Slice { step: 1, .. } => self.stretch(size).map(Iterator::collect),
            Pick::Slice { start, end, step } => self.stepped(*start, *end, *step, size),
            Pick::Item(Value::Mask(mask)) if mask.dims() == [size] => {
                Ok((0..size).filter(|&i| mask.data()[i] != 0.0).collect())
            }
            Pick::Item(Value::Mask(mask)) => {
                let message = format!("a mask of {} goes with {size} items", mask.shape());
                Err(Failure::at(self.span, message))
            }
            Pick::Item(Value::Tensor(numbers)) if numbers.rank() == 1 => {
                let one = |&x: &f32| {
                    let pick = Pick::Item(Value::Number(f64::from(x)));
                    Place { pick, span: self.span }.position(size)
                };
                numbers.data().iter().map(one).collect()
            }
            Pick::Item(_) => self.position(size).map(|at| vec![at]),
        }
    }

    fn stepped(
        &self,
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
        size: usize,
    ) -> Result<Vec<usize>, Failure> {
        let length = size as i64;
        if step > 0 {
            let start = self.edge(start.unwrap_or(0), size)?;
            let end = self.edge(end.unwrap_or(length), size)?;
            return Ok((start..end).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect());
        }
        // Downwards, from the last one to the first.
        let start = self.edge(start.unwrap_or(length), size)?.min(size.saturating_sub(1));
        let end = end.map(|end| self.edge(end, size)).transpose()?;
        let step = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        let first = end.map_or(0, |end| end + 1);
        if size == 0 {
            return Ok(Vec::new());
        }
        Ok((first..=start).rev().step_by(step).collect())
    }

    /// Whether one item is picked, and not several.
    pub fn is_single(&self) -> bool {
        match &self.pick {
            Pick::Slice { .. } | Pick::Item(Value::Mask(_) | Value::List(_)) => false,
            Pick::Item(Value::Tensor(tensor)) => tensor.rank() == 0,
            Pick::Item(_) => true,
        }
    }
}

/// Places as indices of a tensor of these sizes.
pub(crate) fn indices(places: &[Place], dims: &[usize], span: Span) -> Result<Vec<Index>, Failure> {
    let mut axis = 0;
    let mut indices = Vec::new();
    for place in places {
        let Some(&size) = dims.get(axis) else {
            let sizes: Vec<String> = dims.iter().map(usize::to_string).collect();
            let message = match dims.len() {
                0 => "a single number has no items to pick".to_string(),
                1 => {
                    format!("a tensor of {} numbers has one axis, so it takes one index", sizes[0])
                }
                axes => format!(
                    "a tensor of {} has {axes} axes, so it takes at most {axes} indices",
                    sizes.join(" x ")
                ),
            };
            return Err(Failure::at(if axis == 0 { span } else { place.span }, message));
        };
        let index = place.index(size)?;
        axis += if let Index::Mask(mask) = &index { mask.rank().max(1) } else { 1 };
        indices.push(index);
    }
    Ok(indices)
}

impl Place {
    /// The index of an axis of this size.
    fn index(&self, size: usize) -> Result<Index, Failure> {
        match &self.pick {
            Pick::Slice { step: 1, .. } => {
                let range = self.stretch(size)?;
                Ok(Index::Slice {
                    start: Some(range.start as i64),
                    end: Some(range.end as i64),
                    step: 1,
                })
            }
            Pick::Slice { start, end, step } => {
                self.stepped(*start, *end, *step, size)?;
                Ok(Index::Slice { start: *start, end: *end, step: *step })
            }
            Pick::Item(Value::Mask(mask)) => Ok(Index::Mask(mask.clone())),
            Pick::Item(Value::Tensor(numbers)) if numbers.rank() > 0 => {
                let outside = |&&x: &&f32| x < -(size as f32) || x >= size as f32;
                match numbers.data().iter().find(outside) {
                    Some(_) => Err(self.outside(size)),
                    None => Ok(Index::Numbers(numbers.clone())),
                }
            }
            Pick::Item(_) => self.position(size).map(|at| Index::At(at as i64)),
        }
    }
}
