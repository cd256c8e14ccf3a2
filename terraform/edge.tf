# One origin for pages and functions: a bucket behind a CDN, and the public doors behind paths. What is private has its
# own address and no path here.

locals {
  paths = {
    api              = ["/api/*"]
    oauth_callback   = ["/oauth/*"]
    calendar_webhook = ["/hooks/*"]
  }

  # The doors that exist at this stage.
  routes = { for door, paths in local.paths : door => paths if contains(keys(local.public), door) }

  domains = toset(concat([var.domain], var.former_domains))

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
  name                        = "${var.project_id}-${local.name}-pages"
  location                    = var.region
  uniform_bucket_level_access = true

  website {
    main_page_suffix = "index.html"
  }

  depends_on = [time_sleep.apis]
}

resource "google_storage_bucket_iam_member" "pages_readable" {
  for_each = toset([for who in ["allUsers"] : who if var.public_by == "allusers"])
  bucket   = google_storage_bucket.pages.name
  role     = "roles/storage.objectViewer"
  member   = each.value
}

resource "google_storage_bucket_object" "page" {
  # Neither the demo CRM of script/run nor the template of home.tf.
  for_each      = setsubtract(fileset("${path.module}/../web", "**/*.{html,js,css,svg,png}"), ["demo.html", "home.html"])
  name          = each.value
  bucket        = google_storage_bucket.pages.name
  source        = "${path.module}/../web/${each.value}"
  content_type  = lookup(local.content_types, reverse(split(".", each.value))[0], "application/octet-stream")
  cache_control = "public, max-age=300"
}

resource "google_compute_backend_bucket" "pages" {
  name        = "${local.name}-pages"
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
  for_each              = local.routes
  name                  = local.function_names[each.key]
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.door[each.key].name
  }
}

resource "google_compute_security_policy" "edge" {
  name = local.name

  rule {
    description = "No address takes the place of all others."
    action      = "throttle"
    priority    = 1000

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    description = "The rule that every policy must end with."
    action      = "allow"
    priority    = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [time_sleep.apis]
}

resource "google_compute_backend_service" "door" {
  for_each              = local.routes
  name                  = local.function_names[each.key]
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = google_compute_security_policy.edge.id

  backend {
    group = google_compute_region_network_endpoint_group.door[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "edge" {
  name            = local.name
  default_service = google_compute_backend_bucket.pages.id

  host_rule {
    hosts        = local.domains
    path_matcher = "doors"
  }

  path_matcher {
    name            = "doors"
    default_service = google_compute_backend_bucket.pages.id

    dynamic "path_rule" {
      for_each = local.routes
      content {
        paths   = path_rule.value
        service = google_compute_backend_service.door[path_rule.key].id
      }
    }
  }
}

resource "google_compute_url_map" "to_https" {
  name = "${local.name}-to-https"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }

  depends_on = [time_sleep.apis]
}

resource "google_compute_ssl_policy" "edge" {
  name            = local.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [time_sleep.apis]
}

resource "google_compute_target_https_proxy" "edge" {
  name            = local.name
  url_map         = google_compute_url_map.edge.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.edge.id}"
  ssl_policy      = google_compute_ssl_policy.edge.id

  # A proxy with a map that has no entry yet is refused.
  depends_on = [google_certificate_manager_certificate_map_entry.domain]
}

resource "google_compute_target_http_proxy" "to_https" {
  name    = "${local.name}-to-https"
  url_map = google_compute_url_map.to_https.id
}

resource "google_compute_global_address" "edge" {
  name       = local.name
  depends_on = [time_sleep.apis]
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = local.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "${local.name}-to-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https.id
}
