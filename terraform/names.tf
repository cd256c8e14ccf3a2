# Everything of one environment carries its name, so that several live in one project, beside what else is there.

locals {
  name     = "crmsync-${var.environment}"
  database = coalesce(var.database, local.name)
}
