# The five doors. The public ones sit behind the load balancer; the private ones let in the caller's identity only, and check it again in code.

locals {
  doors = {
    # An export of everything may take minutes; all other calls take seconds.
    api              = { public = true, memory = "512Mi", timeout = 300, concurrency = 40 }
    oauth_callback   = { public = true, memory = "512Mi", timeout = 60, concurrency = 20 }
    calendar_webhook = { public = true, memory = "512Mi", timeout = 30, concurrency = 80 }
    tasks            = { public = false, memory = "1Gi", timeout = 540, concurrency = 4 }
    scheduled_resync = { public = false, memory = "512Mi", timeout = 300, concurrency = 1 }
  }

  function_names = { for door in keys(local.doors) : door => "crmsync-${replace(door, "_", "-")}" }

  # A function's own address is known beforehand, so that it can be told which audience to expect.
  function_urls = {
    for door, name in local.function_names : door => "https://${var.region}-${var.project_id}.cloudfunctions.net/${name}"
  }

  environment = {
    GOOGLE_CLOUD_PROJECT  = var.project_id
    GOOGLE_CLIENT_ID      = var.google_client_id
    PUBLIC_URL            = "https://${var.domain}"
    AUTH_ISSUER           = var.auth_issuer
    AUTH_AUDIENCE         = var.auth_audience
    AUTH_JWKS_URL         = var.auth_jwks_url
    EMBED_ORIGINS         = join(" ", var.embed_origins)
    CONTACT_TYPES         = var.contact_types
    KEEP_CONSENT_EVIDENCE = var.keep_consent_evidence == null ? "" : tostring(var.keep_consent_evidence)
    TASKS_QUEUE           = google_cloud_tasks_queue.jobs["interactive"].id
    TASKS_QUEUE_SCHEDULED = google_cloud_tasks_queue.jobs["scheduled"].id
    TASKS_CALLER          = google_service_account.caller.email
  }
}

resource "google_cloudfunctions2_function" "door" {
  for_each = local.doors
  name     = local.function_names[each.key]
  location = var.region

  build_config {
    runtime     = "python312"
    entry_point = each.key

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.functions.name
      }
    }
  }

  service_config {
    available_memory                 = each.value.memory
    available_cpu                    = "1"
    timeout_seconds                  = each.value.timeout
    max_instance_count               = var.max_instances
    max_instance_request_concurrency = each.value.concurrency
    service_account_email            = google_service_account.functions.email
    ingress_settings                 = each.value.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"

    # The scheduler's door checks its own audience; every other door queues tasks for, or is, the tasks door.
    environment_variables = merge(local.environment, {
      TASKS_AUDIENCE = each.key == "scheduled_resync" ? local.function_urls["scheduled_resync"] : local.function_urls["tasks"]
    })

    dynamic "secret_environment_variables" {
      for_each = google_secret_manager_secret.secret
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.secret_id
        version    = tostring(var.secret_versions[secret_environment_variables.key])
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.read, google_project_service.needed]
}

resource "google_cloud_run_service_iam_member" "public" {
  for_each = { for door, config in local.doors : door => config if config.public }
  location = var.region
  service  = google_cloudfunctions2_function.door[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_service_iam_member" "private" {
  for_each = { for door, config in local.doors : door => config if !config.public }
  location = var.region
  service  = google_cloudfunctions2_function.door[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.caller.member
}
