# One certificate a host name. DNS proves the ownership, so that a certificate is there before the name points here, and
# another domain is an entry more in the map: nothing of what is served is replaced.

locals {
  certificate_names = { for domain in local.domains : domain => "${local.name}-${substr(sha256(domain), 0, 8)}" }
}

resource "google_certificate_manager_dns_authorization" "domain" {
  for_each   = local.certificate_names
  name       = each.value
  domain     = each.key
  depends_on = [time_sleep.apis]
}

resource "google_certificate_manager_certificate" "domain" {
  for_each = local.certificate_names
  name     = each.value

  managed {
    domains            = [each.key]
    dns_authorizations = [google_certificate_manager_dns_authorization.domain[each.key].id]
  }
}

resource "google_certificate_manager_certificate_map" "edge" {
  name       = local.name
  depends_on = [time_sleep.apis]
}

resource "google_certificate_manager_certificate_map_entry" "domain" {
  for_each     = local.certificate_names
  name         = each.value
  map          = google_certificate_manager_certificate_map.edge.name
  hostname     = each.key
  certificates = [google_certificate_manager_certificate.domain[each.key].id]
}
