# Who builds the doors, who each door runs as, and who calls the private ones.

locals {
  # A project's default account, which builds would use otherwise, has no roles in projects made since 2024.
  build_roles = toset([
    "roles/artifactregistry.writer",
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
  ])
}

resource "google_service_account" "build" {
  account_id   = "${local.name}-build"
  display_name = "CRM Google Sync (${var.environment}): builds the functions"
  depends_on   = [time_sleep.apis]
}

resource "google_project_iam_member" "build" {
  for_each = local.build_roles
  project  = var.project_id
  role     = each.value
  member   = google_service_account.build.member
}

resource "google_service_account" "door" {
  for_each     = local.doors
  account_id   = "${local.name}-${each.value.account}"
  display_name = "CRM Google Sync (${var.environment}): runs ${each.key}"
  depends_on   = [time_sleep.apis]
}

resource "google_service_account" "caller" {
  account_id   = "${local.name}-caller"
  display_name = "CRM Google Sync (${var.environment}): Cloud Tasks and Cloud Scheduler call with this identity"
  depends_on   = [time_sleep.apis]
}

# The environment's own database, and no other of the project.
resource "google_project_iam_member" "firestore" {
  for_each = google_service_account.door
  project  = var.project_id
  role     = "roles/datastore.user"
  member   = each.value.member

  condition {
    title      = "${local.name} database"
    expression = "resource.name == \"projects/${var.project_id}/databases/${local.database}\""
  }
}

resource "google_project_iam_member" "logs" {
  for_each = google_service_account.door
  project  = var.project_id
  role     = "roles/logging.logWriter"
  member   = each.value.member
}

# Every door queues jobs.
resource "google_cloud_tasks_queue_iam_member" "enqueue" {
  for_each = { for pair in setproduct(keys(local.queues), keys(local.doors)) : join(" ", pair) => pair }
  name     = google_cloud_tasks_queue.jobs[each.value[0]].name
  location = google_cloud_tasks_queue.jobs[each.value[0]].location
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.door[each.value[1]].member
}

# Whoever queues a task that carries the caller's token must be allowed to act as the caller.
resource "google_service_account_iam_member" "act_as_caller" {
  for_each           = google_service_account.door
  service_account_id = google_service_account.caller.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value.member
}

# A grant takes a minute or two until it counts everywhere. Builds and new revisions of the doors wait for that.
resource "time_sleep" "grants" {
  create_duration = "120s"

  triggers = {
    build   = join(" ", local.build_roles)
    secrets = join(" ", keys(local.reads))
  }

  depends_on = [
    google_project_iam_member.build,
    google_project_iam_member.firestore,
    google_project_iam_member.logs,
    google_cloud_tasks_queue_iam_member.enqueue,
    google_service_account_iam_member.act_as_caller,
    google_secret_manager_secret_iam_member.read,
  ]
}
