use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time as `YYYYmmdd_HHMMSS`, in UTC. Times before 1970 count as its start.
pub(crate) fn stamp(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}_{hour:02}{minute:02}{second:02}")
}

/// Days since 1970-01-01 to a date, in 400-year cycles of years that start in March
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (
        day - (153 * month + 2) / 5 + 1,
        if month < 10 { month + 3 } else { month - 9 },
    );
    let year = year + cycle * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_have_their_stamps() {
        // Checked with `date -u -d @N +%Y%m%d_%H%M%S`.
        let rows = [
            (0, "19700101_000000"),
            (951_782_400, "20000229_000000"),
            (1_709_251_199, "20240229_235959"),
            (1_709_251_200, "20240301_000000"),
            (1_793_700_000, "20261103_100000"),
            (4_107_542_400, "21000301_000000"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
