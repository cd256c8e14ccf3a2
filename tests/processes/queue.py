"""`python -m tests.processes.queue PROJECT USER …`: Cloud Tasks as a process, and who signs its tokens.

Prints `ready ORIGIN TASKS` and ends when its standard input closes. Besides the pages of `/local/` it answers
`/queue/idle?timeout=S&within=S`, once nothing runs and nothing is due within so many seconds, or with 408 and
what is left; and `/queue/deliveries`, how many were answered and how many broke off.
"""

import sys
from datetime import timedelta

import flask

from local import doors, environment, ports
from local.identity import DemoUser, Identity
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


def main(project: str, users: list[str]) -> None:
    """Serves until standard input closes."""
    bound = ports.listen()
    origin = f"http://{ports.HOST}:{ports.port_of(bound)}"
    people = tuple(DemoUser(user, user, f"{user}@agency.example.com") for user in users)
    identity = Identity(origin, environment.AUDIENCE, people)
    tasks = CloudTasks(identity.service_token).start()
    for name, width in WIDTH.items():
        tasks.create_queue(environment.queue(project, name), concurrency=width)
    rest = doors.pages("default-src 'self'")
    app = doors.Doors({"/local": identity.pages(), "/queue": pages(tasks)}, rest=rest)
    server = WebServer(app, bound).start()
    print(f"ready {origin} {tasks.address}", flush=True)
    sys.stdin.read()
    tasks.stop()
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
