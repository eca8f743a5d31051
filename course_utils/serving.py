"""A web server inside the notebook's process, on this machine only.

It runs in a thread, so it cannot outlive the notebook, and only inside of a
``with`` block. What it answers stands in the notebook.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHTTPException

_SECONDS = 10
_READ_ON = 20  # times the limit


def new_app() -> FastAPI:
    """Return a web application whose errors look like TensorFlow Serving's.

    Every refusal, and every mishap inside, is answered with JSON of the form
    ``{"error": "one sentence"}``.
    """
    app = FastAPI(openapi_url=None)

    @app.exception_handler(AnyHTTPException)
    async def refused(_, error):
        return JSONResponse({"error": str(error.detail)}, error.status_code)

    @app.exception_handler(RequestValidationError)
    async def malformed(_, error):
        first = error.errors()[0]
        text = f"{first['loc'][-1]!r} in the address is not valid: {first['msg']}."
        return JSONResponse({"error": text}, 400)

    @app.middleware("http")
    async def mishaps(request, call_next):
        try:
            return await call_next(request)
        except Exception as error:
            text = f"The server made a mistake: {type(error).__name__}."
            return JSONResponse({"error": text}, 500)

    return app


async def body_of(request: Request, largest: int) -> bytes:
    """Return the body of a request, and never hold more of it than allowed.

    Parameters
    ----------
    request : fastapi.Request
        The request, its body still to come.
    largest : int
        Bytes that are allowed.

    Raises
    ------
    fastapi.HTTPException
        With status 413 if the body is longer. What is too much is read on for
        a while and thrown away: a client that is cut off while it still sends
        may never see the answer.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= largest:
            parts.append(part)
        elif size > _READ_ON * largest:
            break
    if size > largest:
        raise HTTPException(
            413, f"The request is too large; at most {largest:,} bytes are allowed."
        )
    return b"".join(parts)


@contextmanager
def running(app) -> Iterator[str]:
    """Run a web application inside the block; after it the server is gone.

    Parameters
    ----------
    app : ASGI application
        From :func:`new_app`, say.

    Yields
    ------
    str
        Address of the server, such as ``http://127.0.0.1:41234``. Other
        machines cannot reach it.

    Raises
    ------
    RuntimeError
        If it does not start.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            loop="asyncio",
            timeout_graceful_shutdown=1,
        )
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # 0: any port that is free
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        try:
            thread.start()
            _wait_for(server, thread)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_SECONDS)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("The server did not start. Run the cell again.")
        time.sleep(0.005)
