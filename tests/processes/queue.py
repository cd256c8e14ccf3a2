"""`python -m tests.processes.queue FOLDER PORT TASKS_PORT USER …`: Cloud Tasks as a process, and who signs.

Signs with what FOLDER/keys.json has, and keeps in FOLDER what is queued. Port 0 is any.

Prints `ready ORIGIN TASKS` and ends when its standard input closes. Besides the pages of `/local/` it answers
`/queue/idle?timeout=S&within=S`, once nothing runs and nothing is due within so many seconds, or with 408 and
what is left; and `/queue/deliveries`, how many were answered and how many broke off.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import flask

from local import doors, environment, ports
from local.identity import DemoUser, Identity
from local.keys import Keys
from local.tasks.cloud_tasks import CloudTasks
from local.web_server import WebServer

WIDTH = {environment.INTERACTIVE: 12, environment.SCHEDULED: 6}


def pages(tasks: CloudTasks) -> flask.Flask:
    """The WSGI app of `/queue/`."""
    app = flask.Flask("tests.processes.queue", static_folder=None)

    @app.get("/queue/idle")
    def idle() -> tuple[dict[str, object], int]:
        timeout, within = (float(flask.request.args[name]) for name in ("timeout", "within"))
        try:
            tasks.wait_idle(timeout, within=timedelta(seconds=within))
        except TimeoutError as busy:
            return {"left": str(busy)}, 408
        return {}, 200

    @app.get("/queue/deliveries")
    def deliveries() -> dict[str, int]:
        every = tasks.deliveries()
        broken = sum(each.outcome.status is None for each in every)
        refused = sum(each.outcome.status is not None and each.outcome.status >= 500 for each in every)
        waiting = sum(len(list(queue.tasks())) for queue in tasks.queues.values())
        return {"made": len(every), "broken": broken, "refused": refused, "waiting": waiting}

    return app


def main(folder: Path, port: int, tasks_port: int, users: list[str]) -> None:
    """Serves until standard input closes."""
    keys = Keys(**json.loads((folder / "keys.json").read_text()))
    bound = ports.listen(port)
    origin = f"http://{ports.HOST}:{ports.port_of(bound)}"
    people = tuple(DemoUser(user, user, f"{user}@agency.example.com") for user in users)
    identity = Identity(origin, environment.AUDIENCE, people, keys)
    tasks = CloudTasks(identity.service_token, file=folder / "tasks.sqlite").start(tasks_port)
    for name, width in WIDTH.items():
        tasks.create_queue(environment.queue(keys.project, name), concurrency=width)
    rest = doors.pages("default-src 'self'")
    app = doors.Doors({"/local": identity.pages(), "/queue": pages(tasks)}, rest=rest)
    server = WebServer(app, bound).start()
    print(f"ready {origin} {tasks.address}", flush=True)
    sys.stdin.read()
    tasks.stop()
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
