# Two queues: a person's click never waits behind the fleet's resync.

locals {
  queues = {
    interactive = { dispatches_per_second = 100, concurrent = 100 }
    scheduled   = { dispatches_per_second = 20, concurrent = 50 }
  }
}

resource "google_cloud_tasks_queue" "jobs" {
  for_each = local.queues
  name     = "crmsync-${each.key}"
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.dispatches_per_second
    max_concurrent_dispatches = each.value.concurrent
  }

  retry_config {
    max_attempts       = 20
    max_retry_duration = "86400s"
    min_backoff        = "5s"
    max_backoff        = "3600s"
    max_doublings      = 8
  }

  depends_on = [google_project_service.needed]
}
