//! The migrations, compiled in: one text for both engines.
//!
//! Listed by hand, since `sqlx::migrate!` and `#[derive(FromRow)]` would have both drivers compiled a second
//! time, for the compiler to run: 135 crates, a tenth of a cold build.

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number and name of each file, as in its path, and what it says.
const FILES: &[(i64, &str, &str)] = &[
    (1, "meta", include_str!("../../migrations/0001_meta.sql")),
    (2, "accounts", include_str!("../../migrations/0002_accounts.sql")),
    (3, "people", include_str!("../../migrations/0003_people.sql")),
    (4, "settings", include_str!("../../migrations/0004_settings.sql")),
    (5, "log", include_str!("../../migrations/0005_log.sql")),
    (6, "destinations", include_str!("../../migrations/0006_destinations.sql")),
    (7, "endpoints_in_memory", include_str!("../../migrations/0007_endpoints_in_memory.sql")),
    (8, "stages_and_owners", include_str!("../../migrations/0008_stages_and_owners.sql")),
    (9, "people_and_factors", include_str!("../../migrations/0009_people_and_factors.sql")),
    (10, "security", include_str!("../../migrations/0010_security.sql")),
    (11, "mail_addresses", include_str!("../../migrations/0011_mail_addresses.sql")),
    (12, "log", include_str!("../../migrations/0012_log.sql")),
    (13, "addresses_and_mails", include_str!("../../migrations/0013_addresses_and_mails.sql")),
    (19, "people_of_an_account", include_str!("../../migrations/0019_people_of_an_account.sql")),
    (20, "revisions", include_str!("../../migrations/0020_revisions.sql")),
    (21, "history", include_str!("../../migrations/0021_history.sql")),
    (22, "recoveries", include_str!("../../migrations/0022_recoveries.sql")),
    (25, "recovery_receivers", include_str!("../../migrations/0025_recovery_receivers.sql")),
    (35, "health", include_str!("../../migrations/0035_health.sql")),
    (40, "log_filters", include_str!("../../migrations/0040_log_filters.sql")),
    (45, "first_steps", include_str!("../../migrations/0045_first_steps.sql")),
];

/// What brings a database's tables up to date.
pub(super) fn migrator() -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(FILES.iter().map(migration).collect())
}

/// The number of the last one.
pub(super) fn newest() -> i64 {
    FILES.last().map_or(0, |(version, ..)| *version)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_migration_in_the_folder_is_compiled_in_under_its_own_number() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for (version, name, sql) in FILES {
            let file = folder.join(format!("{version:04}_{name}.sql"));
            assert_eq!(&fs::read_to_string(&file).unwrap(), sql, "{}", file.display());
        }
        let listed = fs::read_dir(&folder).unwrap().count();
        assert_eq!(FILES.len(), listed, "list the new one in src/db/migrations.rs");
    }
}
