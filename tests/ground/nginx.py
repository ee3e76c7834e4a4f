"""A real nginx as the proxy in front."""

from __future__ import annotations

from dataclasses import dataclass

from tests.ground import parts, shared
from tests.ground.processes import accepts, end, free_port, keep, wait_until

CONFIGURATION = """
daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Nginx:
    port: int
    keeper: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        end(self.keeper)


def start(lines: str) -> Nginx:
    """Start one whose server block holds `lines`; returns when it accepts connections."""
    port = free_port()
    folder = shared.folder() / f"nginx-{shared.next_number('nginx')}"
    folder.mkdir()
    (folder / "nginx.conf").write_text(CONFIGURATION.format(port=port, lines=lines))
    keeper = keep(
        [str(parts.need("nginx")), "-p", str(folder), "-c", "nginx.conf"], owner=shared.owner(), log=folder / "log"
    )
    wait_until(lambda: accepts(port), seconds=20, what="nginx starts")
    return Nginx(port=port, keeper=keeper)
