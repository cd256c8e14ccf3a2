resource "google_cloud_scheduler_job" "resync" {
  for_each         = { for door, config in local.made : door => config if door == "scheduled_resync" }
  name             = "${local.name}-resync"
  region           = var.region
  schedule         = var.resync_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "300s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = local.function_urls[each.key]

    oidc_token {
      service_account_email = google_service_account.caller.email
      audience              = local.function_urls[each.key]
    }
  }

  depends_on = [google_cloudfunctions2_function.door, google_cloud_run_service_iam_member.private]
}
