/// Who runs migrations, for the log. The server adds the role, the address and `application_name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The version of the program: what was deployed.
    pub version: Option<String>,
    /// The machine, container or pod.
    pub host: Option<String>,
    /// The person, when one has typed the command.
    pub person: Option<String>,
}
