# The five doors. The public ones sit behind the load balancer; the private ones let in the caller's identity only, and
# check it again in code.

locals {
  # threads: how many calls an instance takes at once, and how many threads it has for them. account: the end of the
  # name of the account that the door runs as. secrets: as in functions/crmsync/settings.py.
  doors = {
    api = {
      # An export of everything may take minutes; all other calls take seconds.
      account = "api", public = true, memory = "512Mi", timeout = 300, threads = 24,
      secrets = ["GOOGLE_CLIENT_SECRET", "TOKEN_KEYS", "DIGEST_KEY"]
    }
    oauth_callback = {
      account = "oauth", public = true, memory = "512Mi", timeout = 60, threads = 8,
      secrets = ["GOOGLE_CLIENT_SECRET", "TOKEN_KEYS", "DIGEST_KEY"]
    }
    calendar_webhook = {
      account = "hooks", public = true, memory = "512Mi", timeout = 30, threads = 32,
      secrets = ["DIGEST_KEY"]
    }
    # A job takes the processor: more threads would only make each slower.
    tasks = {
      account = "tasks", public = false, memory = "1Gi", timeout = 540, threads = 4,
      secrets = ["GOOGLE_CLIENT_SECRET", "TOKEN_KEYS", "DIGEST_KEY"]
    }
    scheduled_resync = {
      account = "resync", public = false, memory = "512Mi", timeout = 300, threads = 4,
      secrets = ["TOKEN_KEYS", "DIGEST_KEY"]
    }
  }

  # What is made at this stage, and what of it is public.
  made   = { for door, config in local.doors : door => config if var.stage == "all" }
  public = { for door, config in local.made : door => config if config.public }

  function_names = { for door in keys(local.doors) : door => "${local.name}-${replace(door, "_", "-")}" }

  # A function's own address is known beforehand, so that it can be told which audience to expect.
  function_urls = {
    for door, name in local.function_names : door => "https://${var.region}-${var.project_id}.cloudfunctions.net/${name}"
  }

  environment = {
    GOOGLE_CLOUD_PROJECT  = var.project_id
    FIRESTORE_DATABASE    = google_firestore_database.crm.name
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
    # Jobs go to the door itself and not through the load balancer, which leads to nothing private.
    TASKS_URL         = local.function_urls["tasks"]
    TASKS_AUDIENCE    = local.function_urls["tasks"]
    SCHEDULE_AUDIENCE = local.function_urls["scheduled_resync"]
  }
}

resource "google_cloudfunctions2_function" "door" {
  for_each = local.made
  name     = local.function_names[each.key]
  location = var.region

  build_config {
    runtime         = "python312"
    entry_point     = each.key
    service_account = google_service_account.build.id

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
    max_instance_request_concurrency = each.value.threads
    service_account_email            = google_service_account.door[each.key].email
    ingress_settings                 = each.value.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"

    # functions-framework has four threads a processor unless it is told otherwise.
    environment_variables = merge(local.environment, { THREADS = tostring(each.value.threads) })

    dynamic "secret_environment_variables" {
      for_each = toset(each.value.secrets)
      content {
        key        = secret_environment_variables.value
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret[secret_environment_variables.value].secret_id
        version    = tostring(var.secret_versions[secret_environment_variables.value])
      }
    }
  }

  depends_on = [google_secret_manager_secret_version.first, time_sleep.grants]
}

resource "google_cloud_run_service_iam_member" "public" {
  for_each = { for door, config in local.public : door => config if var.public_by == "allusers" }
  location = var.region
  service  = google_cloudfunctions2_function.door[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_service_iam_member" "private" {
  for_each = { for door, config in local.made : door => config if !config.public }
  location = var.region
  service  = google_cloudfunctions2_function.door[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.caller.member
}
