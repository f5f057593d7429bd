use crate::catalog::{DefaultKind, Kind, Objects};
use crate::privilege::{Privilege, Privileges};

/// What one role may do in a schema, and on what is in it and will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) schema: Privileges,
    pub(crate) tables: Privileges,
    pub(crate) sequences: Privileges,
    pub(crate) routines: Routines,
}

/// Which functions and procedures a role may call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Routines {
    #[default]
    None,
    /// Those that cannot write for it: neither `security definer` nor procedures. A default privilege cannot tell them
    /// apart, so that functions made later are granted by the next plan.
    Safe,
    All,
}

impl Access {
    /// Rows are read.
    pub(crate) fn read() -> Self {
        Self {
            schema: [Privilege::Usage].into(),
            tables: [Privilege::Select].into(),
            sequences: [Privilege::Select].into(),
            routines: Routines::Safe,
        }
    }

    /// Rows are read and written, sequences used, functions called.
    pub(crate) fn write() -> Self {
        use Privilege::{Delete, Insert, Select, Update, Usage};
        Self {
            schema: [Usage].into(),
            tables: [Select, Insert, Update, Delete].into(),
            sequences: [Usage, Select].into(),
            routines: Routines::All,
        }
    }

    /// On objects that are there.
    pub(crate) fn on(&self, objects: &Objects) -> Privileges {
        match objects.kind {
            Kind::Table => self.tables.clone(),
            Kind::Sequence => self.sequences.clone(),
            Kind::LargeObjectRoutine => Privileges::new(),
            Kind::Routine => match self.routines {
                Routines::All => [Privilege::Execute].into(),
                Routines::Safe if objects.safe => [Privilege::Execute].into(),
                Routines::Safe | Routines::None => Privileges::new(),
            },
        }
    }

    /// On what is made later.
    pub(crate) fn on_later(&self, kind: DefaultKind) -> Privileges {
        match kind {
            DefaultKind::Schemas => self.schema.clone(),
            DefaultKind::Tables => self.tables.clone(),
            DefaultKind::Sequences => self.sequences.clone(),
            DefaultKind::Functions if self.routines == Routines::All => [Privilege::Execute].into(),
            DefaultKind::Functions => Privileges::new(),
        }
    }
}
