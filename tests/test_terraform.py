"""terraform/ against itself and against the code: what waits for what, and what the doors are told.

It is read, not run. What only a real project can show stands in docs/operations.md.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest

from crmsync.settings import NOT_SET_YET, SECRETS, SECRETS_OF, Settings

ROOT = Path(__file__).resolve().parents[1]
APIS, GRANTS = "time_sleep.apis", "time_sleep.grants"
REFERENCE = re.compile(r"\b(?:local|time_sleep|ephemeral\.\w+|google_\w+|data\.\w+)\.\w+")

SERVICE_OF = {
    "google_certificate_manager": "certificatemanager",
    "google_cloud_run": "run",
    "google_cloud_scheduler": "cloudscheduler",
    "google_cloud_tasks": "cloudtasks",
    "google_cloudfunctions2": "cloudfunctions",
    "google_compute": "compute",
    "google_firebaserules": "firebaserules",
    "google_firestore": "firestore",
    "google_logging": "logging",
    "google_project_iam": "cloudresourcemanager",
    "google_project_service": "serviceusage",
    "google_secret_manager": "secretmanager",
    "google_service_account": "iam",
    "google_storage": "storage",
}
"""Which API makes each family of resources."""

OF_TESTS = {
    "google_origin",
    "tasks_issuer",
    "tasks_jwks_url",
    "firestore_emulator_host",
    "cloud_tasks_emulator_host",
    "crmsync_store",
    "crmsync_store_file",
}
"""Settings by which a system on one machine replaces Google."""


def plain(value: Any) -> Any:
    """A value without the marks of the parser."""
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.strip('"') if isinstance(value, str) else value


@cache
def files() -> list[dict[str, Any]]:
    """All files of terraform/."""
    parsed = [hcl2.loads(path.read_text()) for path in sorted((ROOT / "terraform").glob("*.tf"))]
    return [plain(file) for file in parsed]


@cache
def resources() -> dict[str, dict[str, Any]]:
    """Every resource by its address."""
    return {
        f"{kind}.{name}": body
        for file in files()
        for block in file.get("resource", [])
        for kind, named in block.items()
        for name, body in named.items()
    }


@cache
def local(name: str) -> Any:
    """A local value, as it is written."""
    (found,) = (block[name] for file in files() for block in file.get("locals", []) if name in block)
    return found


def referred(value: Any, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The resources that a value refers to, by itself or through locals."""
    for reference in sorted(set(REFERENCE.findall(json.dumps(value)))):
        kind, _, name = reference.partition(".")
        if kind != "local":
            yield reference
        elif reference not in known:
            yield from referred(local(name), known | {reference})


@cache
def waits_for(address: str) -> frozenset[str]:
    """All that is made before a resource, near or far."""
    near = {found for found in referred(resources()[address]) if found in resources()} - {address}
    return frozenset(near.union(*map(waits_for, near)))


@pytest.mark.parametrize("address", sorted(set(resources()) - {"google_project_service.needed", APIS}))
def test_everything_waits_until_the_apis_are_there(address: str) -> None:
    assert APIS in waits_for(address)
    assert "google_project_service.needed" in waits_for(APIS)


@pytest.mark.parametrize("kind", sorted({address.partition(".")[0] for address in resources()}))
def test_the_api_of_each_resource_is_enabled(kind: str) -> None:
    if not kind.startswith("time_"):
        (service,) = (api for family, api in SERVICE_OF.items() if kind.startswith(family))
        assert f'"{service}.googleapis.com"' in local("services")


def test_doors_are_made_when_all_grants_count() -> None:
    door = "google_cloudfunctions2_function.door"
    grants = {
        address for address in resources() if "_iam_member" in address and door not in waits_for(address)
    }
    assert len(grants) > 5
    assert grants - {"google_storage_bucket_iam_member.pages_readable"} <= waits_for(GRANTS)
    assert {GRANTS, "google_secret_manager_secret_version.first"} <= waits_for(door)


def test_builds_have_an_account_of_their_own_with_what_a_build_needs() -> None:
    (build,) = resources()["google_cloudfunctions2_function.door"]["build_config"]
    assert build["service_account"] == "${google_service_account.build.id}"
    needed = ("roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer")
    assert all(f'"{role}"' in local("build_roles") for role in needed)


def test_the_doors_are_the_functions_of_main() -> None:
    main = ast.parse((ROOT / "functions" / "main.py").read_text())
    defined = {node.name for node in main.body if isinstance(node, ast.FunctionDef)} - {"passed_by"}
    assert set(local("doors")) == defined == set(SECRETS_OF)
    (build,) = resources()["google_cloudfunctions2_function.door"]["build_config"]
    assert build["entry_point"] == "${each.key}"


def service() -> dict[str, Any]:
    """How the doors run."""
    (config,) = resources()["google_cloudfunctions2_function.door"]["service_config"]
    assert isinstance(config, dict)
    return config


def test_a_door_has_a_thread_for_each_call_that_it_takes() -> None:
    assert service()["max_instance_request_concurrency"] == "${each.value.threads}"
    assert "THREADS = tostring(each.value.threads)" in service()["environment_variables"]
    assert all(isinstance(door["threads"], int) for door in local("doors").values())


def test_the_queues_deliver_no_more_than_the_instances_hold() -> None:
    assert local("job_threads") == "${local.doors.tasks.threads * var.max_instances}"
    shares = [
        re.fullmatch(r"\$\{floor\((0\.\d+) \* local\.job_threads\)\}", queue["concurrent"])
        for queue in local("queues").values()
    ]
    assert sum(float(share[1]) for share in shares if share) <= 0.8
    assert all(shares)


@pytest.mark.parametrize("door", sorted(SECRETS_OF))
def test_a_door_is_given_the_secrets_it_needs_and_no_others(door: str) -> None:
    assert {name.lower() for name in local("doors")[door]["secrets"]} == SECRETS_OF[door]
    accounts = [config["account"] for config in local("doors").values()]
    assert len(set(accounts)) == len(accounts)
    assert service()["service_account_email"] == "${google_service_account.door[each.key].email}"
    (secret,) = service()["dynamic"]
    (content,) = secret["secret_environment_variables"]["content"]
    assert secret["secret_environment_variables"]["for_each"] == "${toset(each.value.secrets)}"
    assert "var.secret_versions" in content["version"]


def test_secrets_have_a_first_version_that_is_not_in_the_state() -> None:
    first = resources()["google_secret_manager_secret_version.first"]
    assert {"secret_data_wo", "secret_data_wo_version"} <= set(first)
    assert "secret_data" not in first
    assert set(local("secrets")) == set(local("first_values")) == {name.upper() for name in SECRETS}
    assert f'"{NOT_SET_YET}"' in local("first_values")["GOOGLE_CLIENT_SECRET"]


def test_the_doors_are_told_every_setting() -> None:
    told = {name.lower() for name in local("environment")} | SECRETS
    assert told == set(Settings.model_fields) - OF_TESTS
    assert "local.environment" in service()["environment_variables"]


def test_tokens_are_made_out_for_the_door_that_they_open() -> None:
    environment = local("environment")
    assert environment["TASKS_URL"] == environment["TASKS_AUDIENCE"] == '${local.function_urls["tasks"]}'
    assert environment["SCHEDULE_AUDIENCE"] == '${local.function_urls["scheduled_resync"]}'
    job = resources()["google_cloud_scheduler_job.resync"]
    (target,) = job["http_target"]
    (token,) = target["oidc_token"]
    assert target["uri"] == token["audience"] == "${local.function_urls[each.key]}"
    assert 'door == "scheduled_resync"' in job["for_each"]
    called = [token["service_account_email"], environment["TASKS_CALLER"]]
    assert called == ["${google_service_account.caller.email}"] * 2


def test_what_is_private_is_open_to_the_caller_only_and_has_no_path_at_the_balancer() -> None:
    private = {name for name, door in local("doors").items() if not door["public"]}
    assert private == {"tasks", "scheduled_resync"}
    assert not private & set(local("paths"))
    assert "config.public" in local("public")
    assert not any(
        path.startswith(("/tasks", "/scheduled")) for all in local("paths").values() for path in all
    )
    for address, body in resources().items():
        if body.get("member") == "allUsers" and body["role"] == "roles/run.invoker":
            assert "in local.public :" in body["for_each"], address
    pages = resources()["google_storage_bucket_iam_member.pages_readable"]
    opened = (pages, resources()["google_cloud_run_service_iam_member.public"])
    assert all('if var.public_by == "allusers"' in body["for_each"] for body in opened)
    invoked = resources()["google_cloud_run_service_iam_member.private"]
    assert "if !config.public" in invoked["for_each"]
    assert invoked["member"] == "${google_service_account.caller.member}"


def test_every_field_with_an_end_is_deleted_then_and_in_no_index() -> None:
    listed = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', local("expiring")))
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
    fields = {(field["collectionGroup"], field["fieldPath"]) for field in overrides}
    assert listed == {f"{group}.{field}" for group, field in fields if field == "expires_at"}


def test_rules_belong_to_the_database_that_the_doors_use() -> None:
    assert local("environment")["FIRESTORE_DATABASE"] == "${google_firestore_database.crm.name}"
    assert resources()["google_firestore_database.crm"]["name"] == "${local.database}"
    release = resources()["google_firebaserules_release.firestore"]
    assert '"cloud.firestore/${local.database}"' in release["name"]
    databases = [body["database"] for body in resources().values() if "database" in body]
    assert set(databases) == {"${google_firestore_database.crm.name}"}


@pytest.mark.parametrize(
    "address", sorted(name for name in resources() if not name.startswith("google_storage_bucket_object"))
)
def test_names_belong_to_one_environment(address: str) -> None:
    body = resources()[address]
    for attribute in ("name", "account_id", "secret_id"):
        if attribute in body:
            assert re.search(r"\b(local|each|google_\w+)\b", body[attribute]), (attribute, body[attribute])
            assert not body[attribute].startswith("crmsync"), (attribute, body[attribute])


def test_the_lock_file_has_each_provider_as_it_is_asked_for() -> None:
    locked = plain(hcl2.loads((ROOT / "terraform" / ".terraform.lock.hcl").read_text()))["provider"]
    constraints = {
        source.removeprefix("registry.terraform.io/"): body["constraints"]
        for block in locked
        for source, body in block.items()
    }
    (asked,) = [block for file in files() for block in file.get("terraform", [])]
    (required,) = asked["required_providers"]
    assert constraints == {provider["source"]: provider["version"] for provider in required.values()}
    assert asked["backend"] == [{"gcs": {}}]
