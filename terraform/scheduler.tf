resource "google_cloud_scheduler_job" "resync" {
  name             = "crmsync-resync"
  region           = var.region
  schedule         = var.resync_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "300s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = local.function_urls["scheduled_resync"]

    oidc_token {
      service_account_email = google_service_account.caller.email
      audience              = local.function_urls["scheduled_resync"]
    }
  }

  depends_on = [google_cloudfunctions2_function.door]
}
