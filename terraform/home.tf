# The page at / of the deployment, which Google's verification looks at: name, what it does, privacy, terms.

locals {
  links = [for link in [
    { text = "Privacy policy · Politique de confidentialité", url = var.privacy_url },
    { text = "Terms of service · Conditions d’utilisation", url = var.terms_url },
    { text = "Contact · Nous joindre", url = var.contact_url },
  ] : link if link.url != ""]
}

resource "google_storage_bucket_object" "home" {
  name   = "index.html"
  bucket = google_storage_bucket.pages.name
  content = templatefile("${path.module}/../web/home.html", {
    name  = replace(replace(var.service_name, "&", "&amp;"), "<", "&lt;")
    links = join("\n", [for link in local.links : "<p><a href=\"${replace(link.url, "&", "&amp;")}\">${link.text}</a></p>"])
  })
  content_type  = "text/html; charset=utf-8"
  cache_control = "public, max-age=300"
}
