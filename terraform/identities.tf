# Who runs the functions, and who calls the private ones.

resource "google_service_account" "functions" {
  account_id   = "crmsync-functions"
  display_name = "CRM Google Sync functions"
}

resource "google_service_account" "caller" {
  account_id   = "crmsync-caller"
  display_name = "CRM Google Sync: Cloud Tasks and Cloud Scheduler call with this identity"
}

resource "google_project_iam_member" "firestore" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.functions.member
}

resource "google_project_iam_member" "logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.functions.member
}

resource "google_cloud_tasks_queue_iam_member" "enqueue" {
  for_each = google_cloud_tasks_queue.jobs
  name     = each.value.name
  location = each.value.location
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.functions.member
}

# Whoever queues a task that carries the caller's token must be allowed to act as the caller.
resource "google_service_account_iam_member" "act_as_caller" {
  service_account_id = google_service_account.caller.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.functions.member
}
