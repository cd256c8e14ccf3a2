terraform {
  # Write-only arguments and ephemeral values, which keep secrets out of the state.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }

  # Where the state lies is told to `terraform init`: environments/example.gcs.tfbackend.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region

  # Some APIs, those of Firebase's rules among them, refuse a person's credentials without a project to count for.
  user_project_override = true
  billing_project       = var.project_id
}
