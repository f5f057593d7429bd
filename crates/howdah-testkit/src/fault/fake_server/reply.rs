use super::answer::{Answer, Cell, Refusal};

/// Messages of a server, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Reply(pub(crate) Vec<u8>);

impl Reply {
    pub(crate) fn message(&mut self, tag: char, body: &[u8]) {
        self.0.extend(u8::try_from(tag));
        let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(body);
    }

    pub(crate) fn authenticated(&mut self) {
        self.message('R', &0_u32.to_be_bytes());
    }

    pub(crate) fn parameter(&mut self, name: &str, value: &str) {
        self.message('S', format!("{name}\0{value}\0").as_bytes());
    }

    /// By which a client can ask for a cancellation.
    pub(crate) fn key(&mut self, client: u32) {
        self.message('K', &[client.to_be_bytes(), client.to_be_bytes()].concat());
    }

    pub(crate) fn ready(&mut self, in_transaction: bool) {
        self.message('Z', if in_transaction { b"T" } else { b"I" });
    }

    pub(crate) fn error(&mut self, severity: &str, refusal: &Refusal) {
        let Refusal { sqlstate, message } = refusal;
        let body = format!("S{severity}\0V{severity}\0C{sqlstate}\0M{message}\0\0");
        self.message('E', body.as_bytes());
    }

    /// As many parameters as the statement's text numbers, all of them texts.
    pub(crate) fn parameters(&mut self, statement: &str) {
        let parameters = (1..100_u16)
            .take_while(|number| statement.contains(&format!("${number}")))
            .count();
        let mut body = count(parameters);
        body.extend((0..parameters).flat_map(|_| 25_u32.to_be_bytes()));
        self.message('t', &body);
    }

    /// The columns, or that there are none.
    pub(crate) fn description(&mut self, answer: &Answer, binary: bool) {
        let Answer::Rows { columns, rows } = answer else {
            self.message('n', &[]);
            return;
        };
        let mut body = count(columns.len());
        for (place, name) in columns.iter().enumerate() {
            let oid = rows
                .first()
                .and_then(|row| row.get(place))
                .map_or(25, Cell::oid);
            let size: i16 = match oid {
                16 => 1,
                20 => 8,
                _ => -1,
            };
            body.extend(name.bytes().chain([0]));
            // Of no table and no column.
            body.extend([0; 6]);
            body.extend(oid.to_be_bytes());
            body.extend(size.to_be_bytes());
            body.extend((-1_i32).to_be_bytes());
            body.extend(u16::from(binary).to_be_bytes());
        }
        self.message('T', &body);
    }

    pub(crate) fn rows(&mut self, rows: &[Vec<Cell>], binary: bool) {
        for row in rows {
            let mut body = count(row.len());
            for cell in row {
                match cell.bytes(binary) {
                    Some(bytes) => {
                        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                        body.extend(length.to_be_bytes());
                        body.extend(bytes);
                    }
                    None => body.extend((-1_i32).to_be_bytes()),
                }
            }
            self.message('D', &body);
        }
    }

    pub(crate) fn complete(&mut self, statement: &str, rows: usize) {
        let verb = first_word(statement);
        let tag = match verb.as_str() {
            "INSERT" => format!("INSERT 0 {rows}"),
            "SELECT" | "UPDATE" | "DELETE" => format!("{verb} {rows}"),
            _ => verb,
        };
        self.message('C', format!("{tag}\0").as_bytes());
    }
}

pub(crate) fn first_word(statement: &str) -> String {
    let word = statement
        .trim_start()
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next();
    word.unwrap_or_default().to_ascii_uppercase()
}

fn count(items: usize) -> Vec<u8> {
    u16::try_from(items)
        .unwrap_or(u16::MAX)
        .to_be_bytes()
        .to_vec()
}
