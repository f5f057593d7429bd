/// Which of a file and a variable is asked first when a reference names both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The file, and the variable when there is no file: mounted secrets are the documented production route.
    #[default]
    FileThenEnv,
    /// The variable, and the file when the variable is not set.
    EnvThenFile,
}
