variable "project_id" {
  description = "The Google Cloud project that everything is made in."
  type        = string
}

variable "region" {
  description = "Region of the functions, queues and scheduler."
  type        = string
  default     = "northamerica-northeast1"
}

variable "firestore_location" {
  description = "Location of the Firestore database; cannot be changed later."
  type        = string
  default     = "northamerica-northeast1"
}

variable "domain" {
  description = "Host name under which pages and functions are served, for example sync.crm.example. Its A record points to the output `address`."
  type        = string
}

variable "embed_origins" {
  description = "Origins of the CRM pages that may embed the button."
  type        = list(string)
}

variable "contact_types" {
  description = "Lists of contact types as JSON, in place of the product's own (docs/embed.md)."
  type        = string
  default     = ""
}

variable "keep_consent_evidence" {
  description = "For how many days evidence of consent outlives a user who is erased (docs/privacy.md); null keeps none."
  type        = number
  default     = null
}

variable "auth_issuer" {
  description = "Issuer of the CRM users' OIDC ID tokens. Identity Platform: https://securetoken.google.com/PROJECT."
  type        = string
}

variable "auth_audience" {
  description = "Audience of the CRM users' ID tokens. Identity Platform: the project id."
  type        = string
}

variable "auth_jwks_url" {
  description = "Where the issuer publishes its keys (JWK set)."
  type        = string
}

variable "google_client_id" {
  description = "The OAuth client's id."
  type        = string
}

variable "secret_versions" {
  description = "Which version of each secret the functions get. Named, so that a new version is a roll-out, and none comes to some instances before others (docs/operations.md)."
  type        = map(number)
  default = {
    GOOGLE_CLIENT_SECRET = 1
    TOKEN_KEYS           = 1
    DIGEST_KEY           = 1
  }
}

variable "resync_schedule" {
  description = "How often users who are due are looked for (unix cron, UTC)."
  type        = string
  default     = "*/5 * * * *"
}

variable "max_instances" {
  description = "Most instances of each function at once."
  type        = number
  default     = 20
}
