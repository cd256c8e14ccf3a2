# What is deployed: functions/ and requirements.txt, nothing else.

locals {
  functions_dir = "${path.module}/../functions"
}

data "archive_file" "functions" {
  type        = "zip"
  output_path = "${path.module}/.terraform/functions.zip"

  dynamic "source" {
    for_each = fileset(local.functions_dir, "**/*.py")
    content {
      filename = source.value
      content  = file("${local.functions_dir}/${source.value}")
    }
  }

  source {
    filename = "requirements.txt"
    content  = file("${path.module}/../requirements.txt")
  }
}

resource "google_storage_bucket" "source" {
  name                        = "${var.project_id}-${local.name}-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  depends_on = [time_sleep.apis]
}

resource "google_storage_bucket_object" "functions" {
  name   = "functions-${data.archive_file.functions.output_md5}.zip"
  bucket = google_storage_bucket.source.name
  source = data.archive_file.functions.output_path
}
