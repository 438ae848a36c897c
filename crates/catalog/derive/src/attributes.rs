//! The attributes in `#[spec(...)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Attribute, Error, LitStr, Path, Result, Token, bracketed, token};

/// The words of the kinds, and their variants of `Kind`.
const KINDS: [(&str, &str); 14] = [
    ("command", "Command"),
    ("layer", "Layer"),
    ("activation", "Activation"),
    ("loss", "Loss"),
    ("optimizer", "Optimizer"),
    ("group", "Group"),
    ("metric", "Metric"),
    ("schedule", "Schedule"),
    ("initializer", "Initializer"),
    ("data", "Data"),
    ("augmentation", "Augmentation"),
    ("function", "Function"),
    ("rule", "Rule"),
    ("distribution", "Distribution"),
];

/// The attributes of a struct.
#[derive(Default)]
pub struct StructAttributes {
    /// The variant of `Kind`.
    pub kind: Option<Ident>,
    /// The setter trait of a block of shared options.
    pub block: Option<Ident>,
    pub name: Option<LitStr>,
    pub names: Vec<LitStr>,
    pub aliases: Vec<LitStr>,
    /// Aliases for each of several names.
    pub aliases_of_each: Vec<Vec<LitStr>>,
    pub check: Option<TokenStream>,
    pub text: Option<TokenStream>,
    pub summary: Option<TokenStream>,
    pub details: Option<TokenStream>,
    pub example: Option<TokenStream>,
    /// How many arguments may be given by place.
    pub positional: Option<TokenStream>,
    /// The path of relume-catalog.
    pub catalog: Option<TokenStream>,
}

/// The attributes of a field, or of a variant that holds a value.
#[derive(Default)]
pub struct FieldAttributes {
    pub name: Option<LitStr>,
    pub default: Option<TokenStream>,
    pub bounds: Option<Bounds>,
    pub ty: Option<TokenStream>,
    /// The setter trait of the block that the field is.
    pub flatten: Option<Path>,
    /// Options of the block that have other defaults here.
    pub defaults: Vec<(Ident, TokenStream)>,
    pub omit_default: bool,
}

/// The range of an argument's numbers.
pub enum Bounds {
    Positive,
    NonNegative,
    Fraction,
    /// From the first to the second, both included; without an upper bound if there is no second.
    Range(TokenStream, Option<TokenStream>),
}

impl StructAttributes {
    /// Mistakes are added to `errors`, and the rest is read nevertheless.
    pub fn of(attributes: &[Attribute], errors: &mut Vec<Error>) -> Self {
        let mut own = Self::default();
        read(attributes, errors, |meta| own.take(meta));
        own
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = word(meta)?;
        if let Some((_, kind)) = KINDS.iter().find(|(own, _)| word == own) {
            self.kind = Some(Ident::new(kind, word.span()));
            return Ok(());
        }
        let value = meta.value()?;
        match word.to_string().as_str() {
            "block" => self.block = Some(value.parse()?),
            "name" => self.name = Some(value.parse()?),
            "names" => self.names = strings(value)?,
            "aliases" => (self.aliases, self.aliases_of_each) = aliases(value)?,
            "check" => self.check = Some(expression(value)?),
            "text" => self.text = Some(expression(value)?),
            "summary" => self.summary = Some(expression(value)?),
            "details" => self.details = Some(expression(value)?),
            "example" => self.example = Some(expression(value)?),
            "positional" => self.positional = Some(expression(value)?),
            "crate" => self.catalog = Some(expression(value)?),
            _ => return Err(meta.error(format!("a specification has no attribute `{word}`"))),
        }
        Ok(())
    }

    /// The path of relume-catalog.
    pub fn catalog(&self) -> TokenStream {
        self.catalog.clone().unwrap_or_else(|| quote!(::relume_catalog))
    }
}

impl FieldAttributes {
    /// Mistakes are added to `errors`, and the rest is read nevertheless.
    pub fn of(attributes: &[Attribute], errors: &mut Vec<Error>) -> Self {
        let mut own = Self::default();
        read(attributes, errors, |meta| own.take(meta));
        own
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = word(meta)?;
        match word.to_string().as_str() {
            "positive" => self.bounds = Some(Bounds::Positive),
            "non_negative" => self.bounds = Some(Bounds::NonNegative),
            "fraction" => self.bounds = Some(Bounds::Fraction),
            "omit_default" => self.omit_default = true,
            "name" => self.name = Some(meta.value()?.parse()?),
            "default" if meta.input.peek(token::Paren) => {
                meta.parse_nested_meta(|option| {
                    self.defaults.push((self::word(&option)?, expression(option.value()?)?));
                    Ok(())
                })?;
            }
            "default" => self.default = Some(expression(meta.value()?)?),
            "type" => self.ty = Some(expression(meta.value()?)?),
            "flatten" => self.flatten = Some(meta.value()?.parse()?),
            "range" => self.bounds = Some(range(meta.value()?)?),
            _ => return Err(meta.error(format!("a field has no attribute `{word}`"))),
        }
        Ok(())
    }
}

fn read(
    attributes: &[Attribute],
    errors: &mut Vec<Error>,
    mut take: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("spec")) {
        if let Err(error) = attribute.parse_nested_meta(|meta| take(&meta)) {
            errors.push(error);
        }
    }
}

fn word(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    meta.path.get_ident().cloned().ok_or_else(|| meta.error("a word is wanted"))
}

/// `["a", "b"]`.
fn strings(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let items;
    bracketed!(items in input);
    Ok(items.parse_terminated(|item| item.parse::<LitStr>(), Token![,])?.into_iter().collect())
}

/// `["a", "b"]`, or `[["a"], []]` for each of several names.
fn aliases(input: ParseStream<'_>) -> Result<(Vec<LitStr>, Vec<Vec<LitStr>>)> {
    let ahead = input.fork();
    let items;
    bracketed!(items in ahead);
    if !items.peek(token::Bracket) {
        return Ok((strings(input)?, Vec::new()));
    }
    let lists;
    bracketed!(lists in input);
    let lists = lists.parse_terminated(strings, Token![,])?;
    Ok((Vec::new(), lists.into_iter().collect()))
}

/// Everything up to the next comma, or `..`.
fn tokens(input: ParseStream<'_>) -> Result<TokenStream> {
    let mut all = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![..]) {
        all.extend([input.parse::<TokenTree>()?]);
    }
    Ok(all)
}

fn expression(input: ParseStream<'_>) -> Result<TokenStream> {
    let all = tokens(input)?;
    match all.is_empty() {
        true => Err(input.error("a value is wanted")),
        false => Ok(all),
    }
}

/// `0.0..=1.0`, or `1..`.
fn range(input: ParseStream<'_>) -> Result<Bounds> {
    let from = expression(input)?;
    if input.peek(Token![..=]) {
        input.parse::<Token![..=]>()?;
        return Ok(Bounds::Range(from, Some(expression(input)?)));
    }
    input.parse::<Token![..]>()?;
    match input.is_empty() || input.peek(Token![,]) {
        true => Ok(Bounds::Range(from, None)),
        false => Err(input.error("bounds are inclusive: write ..= before the end")),
    }
}
