resource "google_firestore_database" "default" {
  name                              = "(default)"
  location_id                       = var.firestore_location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"

  depends_on = [google_project_service.needed]
}

resource "google_firebaserules_ruleset" "firestore" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/../firestore.rules")
    }
  }

  depends_on = [google_firestore_database.default]
}

resource "google_firebaserules_release" "firestore" {
  name         = "cloud.firestore"
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

  database    = google_firestore_database.default.name
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

  database   = google_firestore_database.default.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {}

  dynamic "ttl_config" {
    for_each = contains(local.expiring, each.key) ? [1] : []
    content {}
  }
}
