output "address" {
  description = "Point the domain's A record here."
  value       = google_compute_global_address.edge.address
}

output "redirect_uri" {
  description = "Register this redirect URI with the OAuth client, to the letter."
  value       = "https://${var.domain}/oauth/callback"
}

output "secrets" {
  description = "Secrets that need a first version before the functions can start."
  value       = [for secret in google_secret_manager_secret.secret : secret.secret_id]
}
