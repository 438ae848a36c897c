//! The fields of a specification or of a block of options, and the code for each.

use crate::attributes::FieldAttributes;
use crate::docs::Docs;
use crate::types::{Default, catalog_type, plain_literal};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Path, Type};

/// A field.
pub struct Field {
    pub ident: Ident,
    pub ty: Type,
    /// The argument's name.
    pub name: String,
    pub help: String,
    /// The doc comment, for the setter.
    pub docs: Vec<syn::Attribute>,
    /// The argument's type, a constant expression.
    pub catalog_type: TokenStream,
    pub default: Default,
    /// The setter trait of the block that the field is.
    pub flatten: Option<Path>,
    /// The arguments of the block that the field is, a constant expression.
    pub block_arguments: TokenStream,
    pub omit_default: bool,
}

/// The fields of a struct. Mistakes are added to `errors`, and the rest is written nevertheless: one mistake should not
/// cause errors at every use of the struct.
pub fn fields(input: &DeriveInput, catalog: &TokenStream, errors: &mut Vec<Error>) -> Vec<Field> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unit | Fields::Unnamed(_) => None,
        },
        _ => None,
    };
    let Some(named) = named else {
        errors.push(Error::new_spanned(
            &input.ident,
            "a specification is a struct with named fields: `struct Mish {}` where it has no arguments",
        ));
        return Vec::new();
    };
    named.iter().filter_map(|field| self::field(field, catalog, errors)).collect()
}

fn field(field: &syn::Field, catalog: &TokenStream, errors: &mut Vec<Error>) -> Option<Field> {
    let ident = field.ident.clone()?;
    let attributes = FieldAttributes::of(&field.attrs, errors);
    let docs = Docs::of(&field.attrs);
    if docs.main.paragraphs.is_empty() {
        errors
            .push(Error::new_spanned(&ident, "a doc comment is wanted: it is the argument's help"));
    }
    if attributes.flatten.is_some() {
        return Some(block(field, ident, &attributes, &docs, catalog, errors));
    }
    if let Some((option, _)) = attributes.defaults.first() {
        let message = "defaults by name are those of a block: flatten = Trait, default(...)";
        errors.push(Error::new_spanned(option, message));
    }
    let mut or_error = |result: syn::Result<TokenStream>, instead: TokenStream| {
        result.unwrap_or_else(|error| {
            errors.push(error);
            instead
        })
    };
    let catalog_type =
        or_error(catalog_type(&field.ty, &attributes, catalog), quote!(#catalog::Type::Anything));
    let default =
        Default::of(&field.ty, attributes.default.as_ref(), catalog).unwrap_or_else(|error| {
            errors.push(error);
            Default { constant: quote!(#catalog::Default::Required), value: None }
        });
    Some(Field { default, ..Field::new(field, ident, &attributes, &docs, catalog_type) })
}

/// A field that is a block of shared options, some of which may have other defaults here.
fn block(
    field: &syn::Field,
    ident: Ident,
    attributes: &FieldAttributes,
    docs: &Docs,
    catalog: &TokenStream,
    errors: &mut Vec<Error>,
) -> Field {
    let ty = &field.ty;
    let own = quote!(<#ty as #catalog::derived::Block>::ARGUMENTS);
    let mut names = Vec::new();
    let mut literals = Vec::new();
    for (option, value) in &attributes.defaults {
        match plain_literal(value, catalog) {
            Ok(literal) => literals.push(literal),
            Err(error) => errors.push(error),
        }
        names.push(option.unraw().to_string());
    }
    let (block_arguments, value) = match attributes.defaults.is_empty() {
        true => (own, quote!(::core::default::Default::default())),
        false => {
            let values = attributes.defaults.iter().map(|(option, value)| quote!(#option: #value));
            (
                quote!(&#catalog::derived::with_defaults::<{ #own.len() }>(#own, &[#((#names, #literals)),*])),
                quote!(#ty { #(#values,)* ..::core::default::Default::default() }),
            )
        }
    };
    let default = Default { constant: quote!(#catalog::Default::Required), value: Some(value) };
    Field {
        default,
        block_arguments,
        ..Field::new(field, ident, attributes, docs, TokenStream::new())
    }
}

impl Field {
    fn new(
        field: &syn::Field,
        ident: Ident,
        attributes: &FieldAttributes,
        docs: &Docs,
        catalog_type: TokenStream,
    ) -> Self {
        let name =
            attributes.name.as_ref().map_or_else(|| ident.unraw().to_string(), |name| name.value());
        Field {
            ty: field.ty.clone(),
            name,
            help: docs.help(),
            docs: field
                .attrs
                .iter()
                .filter(|attribute| attribute.path().is_ident("doc"))
                .cloned()
                .collect(),
            catalog_type,
            default: Default { constant: TokenStream::new(), value: None },
            flatten: attributes.flatten.clone(),
            block_arguments: TokenStream::new(),
            omit_default: attributes.omit_default,
            ident,
        }
    }

    /// Whether a value must be given.
    pub fn is_required(&self) -> bool {
        self.default.value.is_none()
    }

    /// The argument as a constant.
    pub fn argument(&self, catalog: &TokenStream) -> TokenStream {
        let Field { name, help, catalog_type, default, .. } = self;
        let default = &default.constant;
        quote_spanned! {self.ty.span()=>
            #catalog::Argument { name: #name, ty: #catalog_type, default: #default, help: #help }
        }
    }

    /// The statement that adds the field to `arguments`.
    pub fn write(&self, own: &TokenStream, catalog: &TokenStream) -> TokenStream {
        let Field { ident, name, .. } = self;
        match (&self.flatten, self.omit_default) {
            (Some(_), _) => {
                quote!(#catalog::derived::Block::write(&self.#ident, #own, &mut arguments);)
            }
            (None, true) => {
                quote!(#catalog::derived::write_unless_default(&mut arguments, #own, #name, &self.#ident);)
            }
            (None, false) => quote!(#catalog::derived::write(&mut arguments, #name, &self.#ident);),
        }
    }

    /// The field of a struct expression, read from `arguments`.
    pub fn read(&self, catalog: &TokenStream) -> TokenStream {
        let Field { ident, ty, name, .. } = self;
        match self.flatten {
            Some(_) => {
                quote!(#ident: <#ty as #catalog::derived::Block>::read(entry, &mut arguments)?)
            }
            None => quote!(#ident: #catalog::derived::read(entry, &mut arguments, #name)?),
        }
    }

    /// The statement that checks the field.
    pub fn check(&self, catalog: &TokenStream) -> TokenStream {
        let Field { ident, name, .. } = self;
        match self.flatten {
            Some(_) => quote!(#catalog::derived::Block::check(&self.#ident, entry)?;),
            None => quote!(#catalog::derived::check(entry, #name, &self.#ident)?;),
        }
    }
}

/// The arguments of all fields as a constant slice.
pub fn arguments(fields: &[Field], catalog: &TokenStream) -> TokenStream {
    if fields.iter().all(|field| field.flatten.is_none()) {
        let all = fields.iter().map(|field| field.argument(catalog));
        return quote!(&[#(#all),*]);
    }
    let parts: Vec<TokenStream> = fields
        .iter()
        .map(|field| match &field.flatten {
            Some(_) => field.block_arguments.clone(),
            None => {
                let argument = field.argument(catalog);
                quote!(&[#argument])
            }
        })
        .collect();
    let counts = fields.iter().map(|field| match &field.flatten {
        Some(_) => {
            let ty = &field.ty;
            quote!(<#ty as #catalog::derived::Block>::ARGUMENTS.len())
        }
        None => quote!(1),
    });
    quote!(const { &#catalog::derived::concat::<{ 0 #(+ #counts)* }>(&[#(#parts),*]) })
}
