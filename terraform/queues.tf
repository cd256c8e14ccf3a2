# Two queues: a person's click never waits behind the fleet's resync.

locals {
  # What all instances of the tasks door can hold. The queues together stay below: a delivery that finds no free thread
  # is refused, and Cloud Tasks slows a whole queue down for that.
  job_threads = local.doors.tasks.threads * var.max_instances

  queues = {
    interactive = { dispatches_per_second = 100, concurrent = floor(0.5 * local.job_threads) }
    scheduled   = { dispatches_per_second = 20, concurrent = floor(0.3 * local.job_threads) }
  }
}

resource "google_cloud_tasks_queue" "jobs" {
  for_each = local.queues
  name     = "${local.name}-${each.key}"
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

  depends_on = [time_sleep.apis]
}
