"""The broker's own view of things: RabbitMQ's management API. Its counters lag by up to 5 s."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request


class Management:
    def __init__(self, url, user, password, vhost):
        self.url, self.vhost = url, vhost
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}

    def call(self, method, *path, body=None):
        """The answer's JSON, None when there is none. A 404 raises LookupError."""
        where = "/".join(urllib.parse.quote(part, safe="") for part in path)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/api/{where}", data=data, headers=self.headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise LookupError("/".join(path)) from error
            words = error.read().decode(errors="replace")
            raise AssertionError(f"{method} {where}: {error.code} {words}") from error
        return json.loads(text) if text else None

    def queue(self, name):
        return self.call("GET", "queues", self.vhost, name)

    def unacked(self, name):
        return self.queue(name).get("messages_unacknowledged", -1)

    def depth(self, name):
        """Ready and unacked together."""
        return self.queue(name).get("messages", -1)

    def consumers(self, name):
        return self.queue(name).get("consumer_details", [])

    def connections(self, user):
        """Those of one user, with their details; new ones show up after some seconds."""
        return [c for c in self.call("GET", "connections") if c.get("user") == user]

    def put_queue(self, name, kind="quorum"):
        body = {"durable": True, "auto_delete": False, "arguments": {"x-queue-type": kind}}
        self.call("PUT", "queues", self.vhost, name, body=body)

    def bind(self, exchange, queue, key):
        path = ("bindings", self.vhost, "e", exchange, "q", queue)
        self.call("POST", *path, body={"routing_key": key, "arguments": {}})

    def unbind(self, exchange, queue):
        """All bindings between the two."""
        path = ("bindings", self.vhost, "e", exchange, "q", queue)
        for binding in self.call("GET", *path):
            self.call("DELETE", *path, binding["properties_key"])

    def put_policy(self, name, pattern, **definition):
        body = {
            "pattern": pattern,
            "apply-to": "queues",
            "priority": 99,
            "definition": {key.replace("_", "-"): value for key, value in definition.items()},
        }
        self.call("PUT", "policies", self.vhost, name, body=body)

    def drop_policy(self, name):
        self.call("DELETE", "policies", self.vhost, name)

    def put_user(self, name, configure=".*", write=".*", read=".*"):
        """A user that logs in by certificate."""
        self.call("PUT", "users", name, body={"password_hash": "", "tags": ""})
        self.permit(name, configure, write, read)

    def permit(self, name, configure="^$", write="^$", read="^$"):
        body = {"configure": configure, "write": write, "read": read}
        self.call("PUT", "permissions", self.vhost, name, body=body)
