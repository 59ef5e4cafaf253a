//! The contract, written down by hand.

/// The samples of the reference, as it prints them; the sync events as product decides them.
pub(super) const SAMPLES: [(&str, &str); 7] = [
    (
        "integration_created",
        r#"{
  "event_type": "new_integration_created",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "integration_id": 42,
  "integration_name": "Shopify Integration"
}"#,
    ),
    (
        "tenant_created",
        r#"{
  "event_type": "new_tenant_created",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "tenant_id": 789,
  "tenant_name": "Widget Co",
  "integration_id": 42,
  "integration_name": "Shopify Integration"
}"#,
    ),
    (
        "tenant_archived",
        r#"{
  "event_type": "tenant_archived",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "tenant_id": 789,
  "tenant_name": "Widget Co",
  "integration_id": 42,
  "integration_name": "Shopify Integration"
}"#,
    ),
    (
        "partner_integration_updated",
        r#"{
  "event_type": "partner_integration_updated",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "integration_id": 42,
  "integration_name": "Shopify Integration",
  "partner_id": 55,
  "partner_name": "Partner Inc"
}"#,
    ),
    (
        "run_failed",
        r#"{
  "event_type": "run_failed",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "run_id": 9876,
  "run_status": "failed",
  "admin_link": "https://admin.prod-acme.pandium.com/runs/9876/show",
  "api_link": "https://api.prod-acme.pandium.com/v2/runs/9876",
  "api_status_link": "https://api.prod-acme.pandium.com/v2/runs/9876/status",
  "api_triggers_link": "https://api.prod-acme.pandium.com/v2/runs/9876/triggers",
  "tenant_id": 789,
  "tenant_name": "Widget Co",
  "integration_id": 42,
  "integration_name": "Shopify Integration"
}"#,
    ),
    (
        "sync_succeeded",
        r#"{
  "event_type": "sync_succeeded",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "connector_id": 12,
  "connector_name": "Help Center",
  "job_id": 3456,
  "records_synced": 1280
}"#,
    ),
    (
        "sync_failed",
        r#"{
  "event_type": "sync_failed",
  "environment": "prod-acme",
  "account_id": 100,
  "account_name": "Acme Corp",
  "timestamp": "2026-05-04T12:00:00Z",
  "connector_id": 12,
  "connector_name": "Help Center",
  "job_id": 3457,
  "error_message": "The source refused the access token"
}"#,
    ),
];
