"""The API server, by its REST interface: kubectl would take ten times as long."""

from __future__ import annotations

import http.client
import json
import pathlib
import ssl
from typing import Any

Json = dict[str, Any]

NAMESPACE = "default"
CERTIFICATES = f"/apis/acmcert.io/v1alpha1/namespaces/{NAMESPACE}/acmcertificates"
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/acmcert-operator"
# What a call ends with while the server is stopped, or just being stopped.
UNREACHABLE = (OSError, http.client.HTTPException)


class Refused(Exception):
    """The API server's answer was not 2xx."""

    def __init__(self, status: int, text: str):
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


class Api:
    """The API server as an administrator sees it. Each thread has one of its own, for it keeps its connection."""

    def __init__(self, cluster: pathlib.Path):
        server = next(
            text.split("//")[1] for text in (cluster / "kubeconfig").read_text().splitlines() if "server:" in text
        )
        self.host, self.port = server.split(":")
        self.context = ssl.create_default_context(cafile=str(cluster / "pki/kubernetes-ca.crt"))
        self.context.load_cert_chain(cluster / "pki/admin.crt", cluster / "pki/admin.key")
        self.connection: http.client.HTTPSConnection | None = None

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        return json.loads(self.text(method, path, body))

    def text(self, method: str, path: str, body: Json | None = None) -> str:
        """One request; what has not reached the server, because it had closed the connection, is sent once more."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        data = None if body is None else json.dumps(body)
        for left in (1, 0):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPSConnection(
                        self.host, int(self.port), timeout=15, context=self.context
                    )
                self.connection.request(method, path, data, {"content-type": kind})
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):
                self.close()
                if not left:
                    raise
            except OSError:
                self.close()
                raise
        if answer.status >= 300:
            raise Refused(answer.status, text)
        return text

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def certificates(self) -> list[Json]:
        return self.call("GET", CERTIFICATES)["items"]

    def version(self) -> str:
        """The resourceVersion that a watch would begin at now."""
        return self.call("GET", f"{CERTIFICATES}?limit=1")["metadata"]["resourceVersion"]

    def is_expired(self, version: str) -> bool:
        """Does a watch from there get 410?"""
        try:
            text = self.text("GET", f"{CERTIFICATES}?watch=1&timeoutSeconds=1&resourceVersion={version}")
        except Refused as refused:
            return refused.status == 410
        return any(json.loads(event)["object"].get("code") == 410 for event in text.splitlines())
