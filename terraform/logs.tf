# "Nothing has changed" is most of what pages that look for changes are answered. These lines tell nothing and would
# cost more than all others.

resource "google_logging_project_exclusion" "unchanged" {
  name        = "${local.name}-unchanged"
  description = "Request logs of calls that were answered 304."

  filter = join(" AND ", [
    "httpRequest.status=304",
    "(resource.labels.service_name=\"${local.function_names["api"]}\" OR resource.labels.url_map_name=\"${local.name}\")",
  ])

  depends_on = [time_sleep.apis]
}
