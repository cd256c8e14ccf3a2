# Secrets and their first versions. The values are written and never read back: they are in no state and no plan.

locals {
  secrets = {
    GOOGLE_CLIENT_SECRET = "${local.name}-google-client-secret"
    TOKEN_KEYS           = "${local.name}-token-keys"
    DIGEST_KEY           = "${local.name}-digest-key"
  }

  # 32 random bytes each, in base64url. The client's secret is Google's; without it a word that the doors refuse.
  first_values = {
    GOOGLE_CLIENT_SECRET = coalesce(var.google_client_secret, "not-set-yet")
    TOKEN_KEYS           = replace(replace(base64sha256(ephemeral.random_password.key["TOKEN_KEYS"].result), "+", "-"), "/", "_")
    DIGEST_KEY           = replace(replace(base64sha256(ephemeral.random_password.key["DIGEST_KEY"].result), "+", "-"), "/", "_")
  }

  # Which door reads which secret.
  reads = merge([
    for door, config in local.doors : { for secret in config.secrets : "${door} ${secret}" => { door = door, secret = secret } }
  ]...)
}

ephemeral "random_password" "key" {
  for_each = toset(["TOKEN_KEYS", "DIGEST_KEY"])
  length   = 64
}

resource "google_secret_manager_secret" "secret" {
  for_each  = local.secrets
  secret_id = each.value

  replication {
    auto {}
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [time_sleep.apis]
}

# Version 1. Later ones are added beside Terraform (docs/operations.md) and named in `secret_versions`.
resource "google_secret_manager_secret_version" "first" {
  for_each               = local.secrets
  secret                 = google_secret_manager_secret.secret[each.key].id
  secret_data_wo         = local.first_values[each.key]
  secret_data_wo_version = 1
  deletion_policy        = "ABANDON"

  lifecycle {
    # A version that a rotation has disabled stays so.
    ignore_changes = [enabled]
  }
}

resource "google_secret_manager_secret_iam_member" "read" {
  for_each  = local.reads
  secret_id = google_secret_manager_secret.secret[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.door[each.value.door].member
}
