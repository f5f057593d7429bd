use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, ItemFn, LitInt, LitStr, Type};

use crate::options::{Migrations, Options, Roles};

/// An ordinary `#[test]` that hands the function to howdah-testkit.
pub(crate) fn expand(options: &Options, function: &ItemFn) -> syn::Result<TokenStream> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(
            signature.fn_token,
            "must be an `async fn`",
        ));
    }
    if let Some(parameter) = signature.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "a test has no parameters of type or lifetime",
        ));
    }
    let (name, attributes, visibility, body) = (
        &signature.ident,
        &function.attrs,
        &function.vis,
        &function.block,
    );
    let (inputs, output) = (&signature.inputs, &signature.output);
    let test = test(options, function)?;
    let run = run(options, function)?;
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() #output {
            async fn #name(#inputs) #output #body
            #test.#run
        }
    })
}

/// The value that describes the test.
fn test(options: &Options, function: &ItemFn) -> syn::Result<TokenStream> {
    let name = &function.sig.ident;
    let setup = setup(options)?;
    let (min, max) = (
        number(options.min_pg.as_ref())?,
        number(options.max_pg.as_ref())?,
    );
    let threads = number(options.worker_threads.as_ref())?;
    Ok(quote! {
        ::howdah_testkit::macros::Test {
            name: ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
            setup: #setup,
            min_pg: #min,
            max_pg: #max,
            worker_threads: #threads,
        }
    })
}

fn setup(options: &Options) -> syn::Result<TokenStream> {
    let migrations = match &options.migrations {
        None => quote!(::howdah_testkit::Migrations::Nearest),
        Some(Migrations::Off) => quote!(::howdah_testkit::Migrations::None),
        Some(Migrations::Directory(directory)) => {
            quote!(::howdah_testkit::Migrations::Directory(#directory.into()))
        }
        Some(Migrations::Embedded(migrator)) => {
            quote!(::howdah_testkit::Migrations::Embedded(#migrator))
        }
    };
    let roles = match options.roles {
        None | Some(Roles::Shared) => quote!(Shared),
        Some(Roles::Own) => quote!(Own),
        Some(Roles::Off) => quote!(Off),
    };
    let fixtures = &options.fixtures;
    let schema = option(options.schema.as_ref());
    let image = option(options.image.as_ref());
    let version = number(options.version.as_ref())?;
    Ok(quote! {
        ::howdah_testkit::macros::Parts {
            package: ::core::env!("CARGO_MANIFEST_DIR"),
            migrations: #migrations,
            fixtures: &[#(#fixtures),*],
            roles: ::howdah_testkit::Roles::#roles,
            schema: #schema,
            version: #version,
            image: #image,
        }
    })
}

/// How the function is called: with arguments made from the database, or with one that is rolled back.
fn run(options: &Options, function: &ItemFn) -> syn::Result<TokenStream> {
    let name = &function.sig.ident;
    let types = function
        .sig
        .inputs
        .iter()
        .map(type_of)
        .collect::<syn::Result<Vec<_>>>()?;
    if let Some(rollback) = &options.rollback {
        let [one] = types.as_slice() else {
            let problem = "a test with `rollback` takes one argument: all of it is one transaction";
            return Err(Error::new_spanned(rollback, problem));
        };
        return Ok(quote! {
            run_rolled_back(|argument: #one| #name(argument))
        });
    }
    Ok(quote! {
        run(async |database: ::howdah_testkit::TestDatabase| {
            ::core::result::Result::Ok(
                #name(#(
                    <#types as ::howdah_testkit::Argument>::take(
                        &database,
                        ::howdah_testkit::As::App,
                    ).await?
                ),*)
            )
        })
    })
}

fn type_of(argument: &FnArg) -> syn::Result<&Type> {
    match argument {
        FnArg::Typed(typed) => Ok(&typed.ty),
        FnArg::Receiver(other) => Err(Error::new_spanned(other, "a test has no `self`")),
    }
}

fn option(text: Option<&LitStr>) -> TokenStream {
    text.map_or_else(
        || quote!(::core::option::Option::None),
        |text| quote!(::core::option::Option::Some(#text)),
    )
}

fn number(number: Option<&LitInt>) -> syn::Result<TokenStream> {
    let Some(number) = number else {
        return Ok(quote!(::core::option::Option::None));
    };
    let value: u16 = number.base10_parse()?;
    Ok(quote!(::core::option::Option::Some(#value)))
}
