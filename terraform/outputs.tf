output "address" {
  description = "Point the domain's A record here."
  value       = google_compute_global_address.edge.address
}

output "dns_records" {
  description = "Add these records to the DNS of each domain; its certificate is made as soon as they are seen."
  value = {
    for domain, authorization in google_certificate_manager_dns_authorization.domain :
    domain => authorization.dns_resource_record[0]
  }
}

output "redirect_uri" {
  description = "Register this redirect URI with the OAuth client, to the letter."
  value       = "https://${var.domain}/oauth/callback"
}

output "secrets" {
  description = "The secrets' names."
  value       = [for secret in google_secret_manager_secret.secret : secret.secret_id]
}

output "open_doors" {
  description = "With public_by = iam_disabled: what opens each public door, to be run after an apply that made or changed it."
  value = var.public_by == "allusers" ? [] : [
    for door in keys(local.public) :
    "gcloud run services update ${local.function_names[door]} --project ${var.project_id} --region ${var.region} --no-invoker-iam-check"
  ]
}
