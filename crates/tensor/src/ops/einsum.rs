//! Einstein's sums: `"ij,jk->ik"`.
//!
//! Operands are multiplied pair by pair, each pair by one product of matrices in batches.

use crate::{Shape, Tensor, TensorError};

/// A letter by its character; an axis of the ellipsis by its place from 0 to 5, of which the last axis has the last.
type Label = u8;

/// A letter, or `...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Letter(u8),
    Ellipsis,
}

/// A sum of products over named axes (`torch.einsum`).
///
/// Each operand has a letter for each of its axes, or `...` for those between. A letter that is missing from the output
/// is summed over; one that an operand has twice takes its diagonal. Without `->` the output has the axes of `...` and
/// the letters that occur once, in the order of the alphabet, capital letters first. Axes of size 1 broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Einsum {
    equation: String,
    operands: Vec<Vec<Symbol>>,
    output: Option<Vec<Symbol>>,
}

/// The equation with the labels of the axes of given operands.
struct Bound {
    operands: Vec<Vec<Label>>,
    output: Vec<Label>,
    /// The size of each label.
    sizes: [usize; 128],
}

/// A tensor whose axes have labels, each its own.
#[derive(Clone)]
struct Labelled {
    tensor: Tensor,
    labels: Vec<Label>,
}

impl Einsum {
    /// Reads an equation, as `"b i j, b j k -> b i k"`.
    ///
    /// # Errors
    /// Other characters than letters, commas, `...` and `->`, or an output letter that no operand has or that stands
    /// twice.
    pub fn new(equation: &str) -> Result<Self, TensorError> {
        let packed: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match packed.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (packed.as_str(), None),
        };
        let operands: Vec<Vec<Symbol>> =
            left.split(',').map(|term| symbols(term, equation)).collect::<Result<_, _>>()?;
        let output = right.map(|right| symbols(right, equation)).transpose()?;
        for (i, symbol) in output.iter().flatten().enumerate() {
            let Symbol::Letter(letter) = symbol else { continue };
            let letter = char::from(*letter);
            if !operands.iter().flatten().any(|known| known == symbol) {
                return Err(refusal(format!(
                    "the output of {equation:?} has {letter}, which no operand has"
                )));
            }
            if output.iter().flatten().take(i).any(|earlier| earlier == symbol) {
                return Err(refusal(format!("the output of {equation:?} has {letter} twice")));
            }
        }
        Ok(Einsum { equation: equation.to_string(), operands, output })
    }

    /// The sum for these operands.
    ///
    /// # Errors
    /// Another number of operands or axes than the equation's, sizes that differ, or a result with too many axes or
    /// numbers.
    pub fn apply(&self, tensors: &[&Tensor]) -> Result<Tensor, TensorError> {
        let bound = self.bind(tensors)?;
        let operands = tensors.iter().zip(&bound.operands);
        let operands = operands.map(|(tensor, labels)| bound.distinct(tensor, labels));
        contract(operands.collect::<Result<_, _>>()?, &bound.output)
    }

    /// The gradient of operand `i` from that of the result.
    ///
    /// # Errors
    /// As [`Einsum::apply`], no such operand, or a gradient of another shape than the result's.
    pub fn gradient(
        &self,
        tensors: &[&Tensor],
        i: usize,
        gradient: &Tensor,
    ) -> Result<Tensor, TensorError> {
        let bound = self.bind(tensors)?;
        let Some(own) = tensors.get(i) else {
            return Err(refusal(format!("{:?} has no operand {i}", self.equation)));
        };
        let sizes: Vec<usize> = bound.output.iter().map(|&label| bound.size(label)).collect();
        let shape = Shape::new(&sizes)?;
        if gradient.shape() != shape {
            let (left, right) = (shape, gradient.shape());
            return Err(TensorError::Mismatch { operation: "einsum", left, right });
        }
        let mut operands =
            vec![Labelled { tensor: gradient.clone(), labels: bound.output.clone() }];
        for (other, (tensor, labels)) in tensors.iter().zip(&bound.operands).enumerate() {
            if other != i {
                operands.push(bound.distinct(tensor, labels)?);
            }
        }
        let wanted = bound.distinct(own, &bound.operands[i])?;
        let is_known =
            |label: &Label| operands.iter().any(|operand| operand.labels.contains(label));
        let known: Vec<bool> = wanted.labels.iter().map(is_known).collect();
        let labels = wanted.labels.iter().zip(&known).filter(|&(_, known)| *known);
        let labels: Vec<Label> = labels.map(|(&label, _)| label).collect();
        let part = contract(operands, &labels)?;
        // A label that only this operand has was summed over: its gradient is the same at all places.
        let shape = wanted.tensor.shape();
        let ones = known.iter().enumerate().filter(|&(_, known)| !known);
        let ones = ones.fold(shape, |shape, (axis, _)| shape.with_axis(axis, 1));
        let distinct = part.reshape(ones)?.broadcast_to(shape)?;
        let mut out = Tensor::zeros(own.shape());
        let (_, steps) = bound.diagonal(own, &bound.operands[i])?;
        out.add_strided(steps, &distinct);
        Ok(out)
    }

    fn bind(&self, tensors: &[&Tensor]) -> Result<Bound, TensorError> {
        let (wanted, given) = (self.operands.len(), tensors.len());
        if wanted != given {
            return Err(refusal(format!(
                "{:?} takes {wanted} operands, not {given}",
                self.equation
            )));
        }
        let operands = self.operands.iter().zip(tensors);
        let operands = operands.map(|(symbols, tensor)| self.labels(symbols, tensor.shape()));
        let operands: Vec<Vec<Label>> = operands.collect::<Result<_, _>>()?;
        let mut sizes = [1; 128];
        for (tensor, labels) in tensors.iter().zip(&operands) {
            for (&size, &label) in tensor.dims().iter().zip(labels) {
                let known = &mut sizes[usize::from(label)];
                match (*known, size) {
                    (1, _) => *known = size,
                    (known, size) if size == 1 || known == size => {}
                    (known, size) => {
                        let axis = name(label);
                        let problem = format!(
                            "{axis} of {:?} has both the size {known} and the size {size}",
                            self.equation
                        );
                        return Err(refusal(problem));
                    }
                }
            }
        }
        let output = self.output_labels(&operands);
        Ok(Bound { operands, output, sizes })
    }

    /// The labels of an operand's axes.
    fn labels(&self, symbols: &[Symbol], shape: Shape) -> Result<Vec<Label>, TensorError> {
        let letters = symbols.iter().filter(|symbol| matches!(symbol, Symbol::Letter(_))).count();
        let rest = shape.rank().checked_sub(letters);
        let rest = rest.filter(|&rest| rest == 0 || letters < symbols.len()).ok_or_else(|| {
            refusal(format!(
                "{:?} has {letters} letters for an operand of shape {shape}",
                self.equation
            ))
        })?;
        Ok(symbols
            .iter()
            .flat_map(|symbol| match *symbol {
                Symbol::Letter(letter) => letter..letter + 1,
                Symbol::Ellipsis => (Shape::MAX_RANK - rest) as u8..Shape::MAX_RANK as u8,
            })
            .collect())
    }

    fn output_labels(&self, operands: &[Vec<Label>]) -> Vec<Label> {
        let mut all: Vec<Label> = operands.iter().flatten().copied().collect();
        all.sort_unstable();
        let is_ellipsis = |label: Label| usize::from(label) < Shape::MAX_RANK;
        let mut ellipsis: Vec<Label> =
            all.iter().copied().filter(|&label| is_ellipsis(label)).collect();
        ellipsis.dedup();
        match &self.output {
            Some(symbols) => symbols
                .iter()
                .flat_map(|symbol| match *symbol {
                    Symbol::Letter(letter) => vec![letter],
                    Symbol::Ellipsis => ellipsis.clone(),
                })
                .collect(),
            None => {
                let occurs_once =
                    |label: Label| all.iter().filter(|&&other| other == label).count() == 1;
                let letters = all.iter().copied().filter(|&l| !is_ellipsis(l) && occurs_once(l));
                ellipsis.into_iter().chain(letters).collect()
            }
        }
    }
}

impl Bound {
    fn size(&self, label: Label) -> usize {
        self.sizes[usize::from(label)]
    }

    /// The operand with one axis for each of its labels: of a label that stands twice, the diagonal. An axis of size 1
    /// that broadcasts is left out.
    fn distinct(&self, tensor: &Tensor, labels: &[Label]) -> Result<Labelled, TensorError> {
        let (labels, steps) = self.diagonal(tensor, labels)?;
        let sizes: Vec<usize> = labels.iter().map(|&label| self.size(label)).collect();
        let shape = Shape::new(&sizes)?;
        let is_whole = shape == tensor.shape() && steps == shape.strides();
        let tensor = if is_whole { tensor.clone() } else { tensor.strided(shape, steps) };
        Ok(Labelled { tensor, labels })
    }

    /// The labels that [`Bound::distinct`] keeps, and the step along each of them.
    fn diagonal(
        &self,
        tensor: &Tensor,
        labels: &[Label],
    ) -> Result<(Vec<Label>, [usize; Shape::MAX_RANK]), TensorError> {
        let strides = tensor.shape().strides();
        let mut steps = [0; Shape::MAX_RANK];
        let mut kept: Vec<Label> = Vec::new();
        for (axis, &label) in labels.iter().enumerate() {
            let size = tensor.dims()[axis];
            let first = labels.iter().position(|&other| other == label).unwrap_or(axis);
            if tensor.dims()[first] != size {
                let sizes = (tensor.dims()[first], size);
                let problem = format!(
                    "a diagonal runs along equal axes, not along {} and {}",
                    sizes.0, sizes.1
                );
                return Err(refusal(problem));
            }
            if size == 1 && self.size(label) != 1 {
                continue;
            }
            let place = kept.iter().position(|&other| other == label).unwrap_or_else(|| {
                kept.push(label);
                kept.len() - 1
            });
            steps[place] += strides[axis];
        }
        Ok((kept, steps))
    }
}

impl Labelled {
    /// The sum over all labels but the wanted ones.
    fn keep(self, is_wanted: impl Fn(Label) -> bool) -> Result<Self, TensorError> {
        let unwanted: Vec<i64> = (0..)
            .zip(&self.labels)
            .filter(|&(_, &l)| !is_wanted(l))
            .map(|(axis, _)| axis)
            .collect();
        if unwanted.is_empty() {
            return Ok(self);
        }
        let labels = self.labels.into_iter().filter(|&label| is_wanted(label)).collect();
        Ok(Labelled { tensor: self.tensor.sum_over(unwanted.as_slice())?, labels })
    }

    /// The axes in the order of these labels.
    fn ordered(&self, labels: &[Label]) -> Result<Tensor, TensorError> {
        let place = |label: &Label| self.labels.iter().position(|own| own == label);
        let order: Vec<usize> = labels.iter().filter_map(place).collect();
        if order.is_sorted() { Ok(self.tensor.clone()) } else { self.tensor.permute(&order) }
    }

    /// The axes in the order of three groups of labels, each as one axis, and the sizes of those.
    fn grouped(&self, groups: [&[Label]; 3]) -> Result<(Tensor, [usize; 3]), TensorError> {
        let ordered = self.ordered(&groups.concat())?;
        let mut rest = ordered.dims();
        let sizes = groups.map(|group| {
            let (own, after) = rest.split_at(group.len());
            rest = after;
            own.iter().fold(1usize, |product, &size| product.saturating_mul(size))
        });
        Ok((ordered.reshape(sizes)?, sizes))
    }
}

/// The product of all operands, summed over all labels but those of the output, in its order.
fn contract(operands: Vec<Labelled>, output: &[Label]) -> Result<Tensor, TensorError> {
    let mut rest = operands.into_iter();
    let Some(mut product) = rest.next() else {
        return Err(refusal("there is at least one operand".to_string()));
    };
    while let Some(next) = rest.next() {
        let is_wanted = |label: Label| {
            output.contains(&label) || rest.as_slice().iter().any(|o| o.labels.contains(&label))
        };
        product = multiply(product, next, is_wanted)?;
    }
    product.keep(|label| output.contains(&label))?.ordered(output)
}

/// The product of two operands, summed over the labels that are not wanted: matrices of (left, inner) by (inner, right)
/// for each place of the labels that both have and that stay.
fn multiply(
    a: Labelled,
    b: Labelled,
    is_wanted: impl Fn(Label) -> bool,
) -> Result<Labelled, TensorError> {
    let a_labels = a.labels.clone();
    let a = a.keep(|label| is_wanted(label) || b.labels.contains(&label))?;
    let b = b.keep(|label| is_wanted(label) || a_labels.contains(&label))?;
    let (both, left): (Vec<Label>, Vec<Label>) =
        a.labels.iter().partition(|&label| b.labels.contains(label));
    let (batch, inner): (Vec<Label>, Vec<Label>) =
        both.into_iter().partition(|&label| is_wanted(label));
    let right: Vec<Label> =
        b.labels.iter().copied().filter(|label| !a.labels.contains(label)).collect();
    let size = |label: &Label| {
        let of = |x: &Labelled| {
            x.labels.iter().position(|l| l == label).map(|axis| x.tensor.dims()[axis])
        };
        of(&a).or_else(|| of(&b)).unwrap_or(1)
    };
    let labels = [&batch[..], &left, &right].concat();
    let shape = Shape::new(&labels.iter().map(size).collect::<Vec<_>>())?;
    let (x, sizes) = a.grouped([&batch, &left, &inner])?;
    let (y, [_, _, columns]) = b.grouped([&batch, &inner, &right])?;
    let tensor = match [sizes[1], sizes[2], columns] {
        [1, 1, 1] => x.zip(&y, "einsum", |x, y| x * y)?,
        _ => x.matmul(&y)?,
    };
    Ok(Labelled { tensor: tensor.reshape(shape)?, labels })
}

fn symbols(term: &str, equation: &str) -> Result<Vec<Symbol>, TensorError> {
    let letters = |text: &str| -> Result<Vec<Symbol>, TensorError> {
        match text.chars().find(|c| !c.is_ascii_alphabetic()) {
            None => Ok(text.bytes().map(Symbol::Letter).collect()),
            Some(other) => Err(refusal(format!(
                "{equation:?} has {other:?}; an equation has a letter for each axis, as in \"ij,jk->ik\", or \"...\""
            ))),
        }
    };
    match term.split_once("...") {
        None => letters(term),
        Some((before, after)) => {
            Ok([letters(before)?, vec![Symbol::Ellipsis], letters(after)?].concat())
        }
    }
}

fn name(label: Label) -> String {
    match usize::from(label) < Shape::MAX_RANK {
        true => "an axis of \"...\"".to_string(),
        false => format!("the axis {}", char::from(label)),
    }
}

fn refusal(problem: String) -> TensorError {
    TensorError::Argument { operation: "einsum", problem }
}
