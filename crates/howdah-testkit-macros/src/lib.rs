//! The attribute `#[howdah_testkit::test]`. It is documented, and re-exported, by howdah-testkit.

mod expand;
mod options;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

use crate::options::Options;

/// See howdah-testkit, which re-exports it: its paths are what this expands to.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let options = parse_macro_input!(options as Options);
    let function = parse_macro_input!(item as ItemFn);
    expand::expand(&options, &function)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
