variable "project_id" {
  description = "The Google Cloud project that everything is made in."
  type        = string
}

variable "environment" {
  description = "Which of several installations this is. It is part of every name."
  type        = string
  default     = "production"

  validation {
    # A service account's name has at most 30 characters.
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.environment))
    error_message = "At most 12 small letters and digits, a letter first."
  }
}

variable "stage" {
  description = "base: everything but the doors and what needs them. all: everything. One apply with all is enough where no step between is wanted."
  type        = string
  default     = "all"

  validation {
    condition     = contains(["base", "all"], var.stage)
    error_message = "base or all."
  }
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

variable "database" {
  description = "Name of the Firestore database; null: the environment's own. Cannot be changed later."
  type        = string
  default     = null
}

variable "backup_weeks" {
  description = "For how many weeks the backups of Sundays are kept. What a user has had erased is in them so long (docs/privacy.md)."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_weeks >= 1 && var.backup_weeks <= 14
    error_message = "1 to 14: Firestore keeps none longer."
  }
}

variable "public_by" {
  description = "How public doors are opened: allusers, or iam_disabled where the organisation forbids allUsers (docs/operations.md)."
  type        = string
  default     = "allusers"

  validation {
    condition     = contains(["allusers", "iam_disabled"], var.public_by)
    error_message = "allusers or iam_disabled."
  }
}

variable "domain" {
  description = "Host name under which pages and functions are served, for example sync.crm.example. Its A record points to the output `address`."
  type        = string
}

variable "former_domains" {
  description = "Host names that are served besides `domain` while the installation moves from one to the other."
  type        = list(string)
  default     = []
}

variable "requests_per_minute" {
  description = "How many calls of the public doors one address may make in a minute. A whole office may share one."
  type        = number
  default     = 6000
}

variable "embed_origins" {
  description = "Origins of the CRM pages that may embed the button."
  type        = list(string)
}

variable "service_name" {
  description = "What the page at / calls the service, as on Google's consent screen."
  type        = string
  default     = "CRM Google Sync"
}

variable "privacy_url" {
  description = "Address of the privacy policy, linked at /; empty links none. Google's verification asks for it."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https://[^\"<>\\s]+)?$", var.privacy_url))
    error_message = "Must be an https address."
  }
}

variable "terms_url" {
  description = "Address of the terms of service, linked at /; empty links none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https://[^\"<>\\s]+)?$", var.terms_url))
    error_message = "Must be an https address."
  }
}

variable "contact_url" {
  description = "Address of a page or mailbox (https: or mailto:) for questions, linked at /; empty links none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^((https://|mailto:)[^\"<>\\s]+)?$", var.contact_url))
    error_message = "Must be an https or mailto address."
  }
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

variable "google_client_secret" {
  description = "The OAuth client's secret: becomes version 1 of its secret at the first apply and is not looked at later. In TF_VAR_google_client_secret."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
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

  validation {
    condition     = var.max_instances >= 2
    error_message = "At least 2: below that no thread is left for the scheduled queue."
  }
}
