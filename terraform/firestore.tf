# The environment's own database, beside whatever else the project keeps in Firestore.
resource "google_firestore_database" "crm" {
  name                              = local.database
  location_id                       = var.firestore_location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"

  depends_on = [time_sleep.apis]
}

# What docs/privacy.md tells of backups.
resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.crm.name
  retention = "604800s"

  daily_recurrence {}
}

resource "google_firestore_backup_schedule" "weekly" {
  database  = google_firestore_database.crm.name
  retention = "${var.backup_weeks * 7 * 24 * 3600}s"

  weekly_recurrence {
    day = "SUNDAY"
  }
}

# New rules are compiled before the release of the old ones is touched: what does not compile changes nothing. The
# release is then made anew, and for that moment clients are refused; the functions do not ask the rules.
resource "google_firebaserules_ruleset" "firestore" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/../firestore.rules")
    }
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_firestore_database.crm]
}

resource "google_firebaserules_release" "firestore" {
  name         = local.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${local.database}"
  ruleset_name = google_firebaserules_ruleset.firestore.name
}

# The composite indexes are kept once, in firestore.indexes.json, which the emulator's tools and the Firebase CLI read too.
locals {
  indexes = jsondecode(file("${path.module}/../firestore.indexes.json"))
}

resource "google_firestore_index" "composite" {
  for_each = {
    for index in local.indexes.indexes :
    "${index.collectionGroup}: ${join(", ", [for f in index.fields : "${f.fieldPath} ${lookup(f, "order", "CONTAINS")}"])}" => index
  }

  database    = google_firestore_database.crm.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = lookup(fields.value, "order", null)
      array_config = lookup(fields.value, "arrayConfig", null)
    }
  }
}

# Fields that no query uses are not indexed; some of them carry a TTL policy.
locals {
  expiring = toset(["journal.expires_at", "oauth_states.expires_at", "channels.expires_at", "evidence.expires_at"])
}

resource "google_firestore_field" "unindexed" {
  for_each = {
    for override in local.indexes.fieldOverrides :
    "${override.collectionGroup}.${override.fieldPath}" => override
  }

  database   = google_firestore_database.crm.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {}

  dynamic "ttl_config" {
    for_each = contains(local.expiring, each.key) ? [1] : []
    content {}
  }
}
