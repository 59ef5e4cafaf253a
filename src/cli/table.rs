//! How commands print lists.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use crate::error::{Error, Result};

use crate::cli::say;

/// Prints a list, as a table for people or as JSON for programs.
pub(super) fn print_list<T: Serialize>(
    rows: &[T],
    json: bool,
    headings: &[&str],
    cells: impl Fn(&T) -> Vec<String>,
) -> Result<()> {
    if json {
        let text = serde_json::to_string_pretty(rows).map_err(Error::internal)?;
        say!("{text}")?;
    } else {
        say!("{}", table(headings, rows.iter().map(cells)))?;
    }
    Ok(())
}

/// Columns without lines, two spaces apart, as wide as a terminal shows their widest cell.
fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(headings.to_vec()).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_one_another_where_letters_are_two_columns_wide() {
        let rows = [["100", "アクメ株式会社", "prod"], ["20000", "Acme Corp", "prod-acme"]];
        let printed =
            table(&["ID", "NAME", "ENVIRONMENT"], rows.iter().map(|row| row.map(str::to_owned).into()));
        let expected = "\
ID     NAME            ENVIRONMENT
100    アクメ株式会社  prod
20000  Acme Corp       prod-acme";
        assert_eq!(printed, expected);
    }

    #[test]
    fn an_empty_list_is_its_headings() {
        assert_eq!(table(&["ID", "NAME"], std::iter::empty()), "ID  NAME");
    }
}
