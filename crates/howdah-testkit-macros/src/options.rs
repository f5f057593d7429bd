use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, Lit, LitBool, LitInt, LitStr, Token, parenthesized};

/// What stands in the brackets of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) migrations: Option<Migrations>,
    pub(crate) fixtures: Vec<LitStr>,
    pub(crate) roles: Option<Roles>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) image: Option<LitStr>,
    pub(crate) min_pg: Option<LitInt>,
    pub(crate) max_pg: Option<LitInt>,
    pub(crate) worker_threads: Option<LitInt>,
    pub(crate) rollback: Option<Ident>,
}

/// `migrations = ...`.
pub(crate) enum Migrations {
    /// A directory.
    Directory(LitStr),
    /// `false`.
    Off,
    /// A `&'static Migrator`.
    Embedded(Box<Expr>),
}

/// `roles = ...`.
pub(crate) enum Roles {
    Shared,
    Own,
    Off,
}

const KNOWN: &str =
    "migrations, fixtures, roles, schema, version, image, min_pg, max_pg, worker_threads, rollback";

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        let mut seen = Vec::new();
        while !input.is_empty() {
            let name = Ident::parse_any(input)?;
            if seen.contains(&name.to_string()) {
                return Err(Error::new(name.span(), format!("`{name}` is there twice")));
            }
            options.parse_one(&name, input)?;
            seen.push(name.to_string());
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        options.check()?;
        Ok(options)
    }
}

impl Options {
    /// What can be seen to be wrong without a server.
    fn check(&self) -> syn::Result<()> {
        let number = |literal: &Option<LitInt>| -> syn::Result<Option<u16>> {
            literal.as_ref().map(LitInt::base10_parse).transpose()
        };
        if let (Some(min), Some(max)) = (number(&self.min_pg)?, number(&self.max_pg)?)
            && min > max
        {
            let problem = format!("no version is at least {min} and at most {max}");
            return Err(Error::new_spanned(&self.max_pg, problem));
        }
        if number(&self.worker_threads)? == Some(0) {
            let problem = "a runtime has at least one thread";
            return Err(Error::new_spanned(&self.worker_threads, problem));
        }
        if let (Some(rollback), Some(Roles::Own)) = (&self.rollback, &self.roles) {
            let problem = "roles of its own are the whole server's, and cannot be rolled back";
            return Err(Error::new_spanned(rollback, problem));
        }
        Ok(())
    }

    fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match name.to_string().as_str() {
            "rollback" => {
                self.rollback = Some(name.clone());
                return Ok(());
            }
            "fixtures" => {
                self.fixtures = fixtures(input)?;
                return Ok(());
            }
            _ => {}
        }
        let known = KNOWN.split(", ").any(|known| name == known);
        if !known {
            let problem = format!("no option is called `{name}`; there are {KNOWN}");
            return Err(Error::new(name.span(), problem));
        }
        input.parse::<Token![=]>()?;
        match name.to_string().as_str() {
            "migrations" => self.migrations = Some(migrations(input)?),
            "roles" => self.roles = Some(roles(input)?),
            "schema" => self.schema = Some(input.parse()?),
            "version" => self.version = Some(input.parse()?),
            "image" => self.image = Some(input.parse()?),
            "min_pg" => self.min_pg = Some(input.parse()?),
            "max_pg" => self.max_pg = Some(input.parse()?),
            _ => self.worker_threads = Some(input.parse()?),
        }
        Ok(())
    }
}

/// `fixtures("a.sql", "b.sql")`, or `fixtures = "a.sql"`.
fn fixtures(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        return Ok(vec![input.parse()?]);
    }
    let files;
    parenthesized!(files in input);
    let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&files)?;
    Ok(list.into_iter().collect())
}

/// A directory, `false`, or the path of a static.
fn migrations(input: ParseStream<'_>) -> syn::Result<Migrations> {
    if input.peek(LitStr) {
        return Ok(Migrations::Directory(input.parse()?));
    }
    if input.peek(LitBool) {
        let wanted: LitBool = input.parse()?;
        return if wanted.value {
            Err(Error::new(
                wanted.span,
                "a directory, a `&'static Migrator`, or false",
            ))
        } else {
            Ok(Migrations::Off)
        };
    }
    Ok(Migrations::Embedded(Box::new(input.parse()?)))
}

/// `true`, `false` or `"own"`.
fn roles(input: ParseStream<'_>) -> syn::Result<Roles> {
    let wanted: Lit = input.parse()?;
    match &wanted {
        Lit::Bool(on) if on.value => Ok(Roles::Shared),
        Lit::Bool(_) => Ok(Roles::Off),
        Lit::Str(own) if own.value() == "own" => Ok(Roles::Own),
        _ => Err(Error::new(wanted.span(), "true, false or \"own\"")),
    }
}
