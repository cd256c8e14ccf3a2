# One origin for pages and functions: a bucket behind a CDN, and the public doors (and the tasks door) behind paths.

locals {
  paths = {
    api              = ["/api/*"]
    oauth_callback   = ["/oauth/*"]
    calendar_webhook = ["/hooks/*"]
    tasks            = ["/tasks/*"]
  }

  content_types = {
    html = "text/html; charset=utf-8"
    js   = "text/javascript; charset=utf-8"
    css  = "text/css; charset=utf-8"
    svg  = "image/svg+xml"
    png  = "image/png"
  }

  csp = join("; ", [
    "default-src 'self'",
    # Google's pictures of contacts, as the gateway lets them through (gateway/photos.py).
    "img-src 'self' data: https://*.googleusercontent.com https://*.ggpht.com",
    "frame-ancestors 'self' ${join(" ", var.embed_origins)}",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ])
}

resource "google_storage_bucket" "pages" {
  name                        = "${var.project_id}-crmsync-pages"
  location                    = var.region
  uniform_bucket_level_access = true

  website {
    main_page_suffix = "index.html"
  }
}

resource "google_storage_bucket_iam_member" "pages_readable" {
  bucket = google_storage_bucket.pages.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_storage_bucket_object" "page" {
  for_each      = fileset("${path.module}/../web", "**")
  name          = each.value
  bucket        = google_storage_bucket.pages.name
  source        = "${path.module}/../web/${each.value}"
  content_type  = lookup(local.content_types, reverse(split(".", each.value))[0], "application/octet-stream")
  cache_control = "public, max-age=300"
}

resource "google_compute_backend_bucket" "pages" {
  name        = "crmsync-pages"
  bucket_name = google_storage_bucket.pages.name
  enable_cdn  = true

  custom_response_headers = [
    "Content-Security-Policy: ${local.csp}",
    "X-Content-Type-Options: nosniff",
    # Host pages load the button and its modules from here.
    "Access-Control-Allow-Origin: *",
    "Referrer-Policy: strict-origin-when-cross-origin",
    "Strict-Transport-Security: max-age=31536000",
  ]
}

resource "google_compute_region_network_endpoint_group" "door" {
  for_each              = local.paths
  name                  = "crmsync-${replace(each.key, "_", "-")}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.door[each.key].name
  }
}

resource "google_compute_backend_service" "door" {
  for_each              = local.paths
  name                  = "crmsync-${replace(each.key, "_", "-")}"
  load_balancing_scheme = "EXTERNAL_MANAGED"

  backend {
    group = google_compute_region_network_endpoint_group.door[each.key].id
  }
}

resource "google_compute_url_map" "edge" {
  name            = "crmsync"
  default_service = google_compute_backend_bucket.pages.id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "crmsync"
  }

  path_matcher {
    name            = "crmsync"
    default_service = google_compute_backend_bucket.pages.id

    dynamic "path_rule" {
      for_each = local.paths
      content {
        paths   = path_rule.value
        service = google_compute_backend_service.door[path_rule.key].id
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "edge" {
  name = "crmsync"

  managed {
    domains = [var.domain]
  }
}

resource "google_compute_target_https_proxy" "edge" {
  name             = "crmsync"
  url_map          = google_compute_url_map.edge.id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge.id]
}

resource "google_compute_global_address" "edge" {
  name = "crmsync"
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "crmsync"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
}
