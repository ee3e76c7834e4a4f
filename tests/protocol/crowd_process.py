"""Many client processes that send a request each at the same moment.

    python crowd_process.py NUMBER

A line of JSON on standard input holds host, port and requests; a line on standard output their answers. Ends with its
input. Standard library alone, no imports of ours: the people are forked from something small.
"""

import json
import multiprocessing
import sys
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    people = [_person() for _ in range(int(sys.argv[1]))]
    for line in sys.stdin:
        asked = json.loads(line)
        those = people[: len(asked["requests"])]
        for pipe, request in zip(those, asked["requests"], strict=True):
            pipe.send((asked["host"], asked["port"], request))
        for pipe in those:
            pipe.recv()  # it is connected
        for pipe in those:
            pipe.send(None)
        sys.stdout.write(json.dumps([pipe.recv() for pipe in those]) + "\n")
        sys.stdout.flush()


def _person() -> "Connection[Any, Any]":
    here, there = multiprocessing.Pipe()
    multiprocessing.get_context("fork").Process(target=_live, args=(there,), daemon=True).start()
    return here


def _live(pipe: "Connection[Any, Any]") -> None:
    while True:
        host, port, (method, path, headers, body) = pipe.recv()
        connection = HTTPConnection(host, port, timeout=120)
        connection.connect()
        pipe.send(None)
        pipe.recv()
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        pipe.send((answer.status, answer.getheaders(), answer.read().decode()))
        connection.close()


if __name__ == "__main__":
    main()
