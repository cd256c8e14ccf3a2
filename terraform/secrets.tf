# Containers only: the values are added by hand or by the vendor's own tooling and never pass through Terraform's state.

locals {
  secrets = {
    GOOGLE_CLIENT_SECRET = "crmsync-google-client-secret"
    TOKEN_KEYS           = "crmsync-token-keys"
    DIGEST_KEY           = "crmsync-digest-key"
  }
}

resource "google_secret_manager_secret" "secret" {
  for_each  = local.secrets
  secret_id = each.value

  replication {
    auto {}
  }

  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "read" {
  for_each  = google_secret_manager_secret.secret
  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.functions.member
}
