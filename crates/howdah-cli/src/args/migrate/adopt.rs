use clap::Args;
use howdah_migrate::LegacyTool;

use crate::args::not_a_url;

/// Whose ledger, and where it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct AdoptArgs {
    /// Who has applied the migrations so far
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(crate) from: ToolArg,
    /// Its table, as `table` or `schema.table`; default: where the tool keeps it, in our schema or in `public`
    #[arg(long, value_name = "TABLE", value_parser = not_a_url::name())]
    pub(crate) table: Option<String>,
    /// The newest file that is applied, where the other ledger does not say so
    #[arg(long, value_name = "VERSION")]
    pub(crate) at: Option<i64>,
    /// Only say which files that is
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// As `howdah_migrate::LegacyTool`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ToolArg {
    /// sqlx, in another table or schema
    Sqlx,
    /// refinery: `refinery_schema_history`
    Refinery,
    /// Alembic: `alembic_version`; needs --at, or files that have the revision in their names
    Alembic,
    /// golang-migrate: `schema_migrations` with one version
    GolangMigrate,
    /// dbmate: `schema_migrations` with all versions
    Dbmate,
    /// goose: `goose_db_version`
    Goose,
    /// `_migrations_applied`, by name
    MigrationsApplied,
    /// `schema_migrations`, by file name
    SchemaMigrations,
}

impl From<ToolArg> for LegacyTool {
    fn from(tool: ToolArg) -> Self {
        match tool {
            ToolArg::Sqlx => Self::Sqlx,
            ToolArg::Refinery => Self::Refinery,
            ToolArg::Alembic => Self::Alembic,
            ToolArg::GolangMigrate => Self::GolangMigrate,
            ToolArg::Dbmate => Self::Dbmate,
            ToolArg::Goose => Self::Goose,
            ToolArg::MigrationsApplied => Self::MigrationsApplied,
            ToolArg::SchemaMigrations => Self::SchemaMigrations,
        }
    }
}
