"""A WebSocket server and client of the Python library `websockets`, started by `peer-program.ts`.

Prints `listening PORT`, then takes commands on standard input, a line each: `CASE URL plain|compressed`. Each connects to that URL, plays the case
and prints `answer ...`. The server prints `closed CODE REASON` for each connection. Ends with its input.
"""

import asyncio
import hashlib
import sys

import websockets

BYTES = bytes(index % 251 for index in range(70_000))
compression = {"plain": None, "compressed": "deflate"}


async def serve(socket):
    """Does what the endpoints of `peer-cases.ts` do."""
    # Where it is depends on the library's version.
    path = socket.path if hasattr(socket, "path") else socket.request.path
    try:
        async for message in socket:
            if isinstance(message, bytes):
                await socket.send(message[::-1])
            elif message == "close":
                await socket.close(4002, "bye")
            elif message == "ping":
                # The future is resolved by a pong with these very bytes.
                await (await socket.ping(b"there?"))
                await socket.send("pong there?")
            elif path.endswith("/parts"):
                await socket.send([f"[{message}]", "[", "]"])
            else:
                await socket.send(f"heard {message}")
    except websockets.ConnectionClosed:
        pass
    await socket.wait_closed()
    print("closed", socket.close_code, socket.close_reason, flush=True)


async def text(socket):
    await socket.send("grüß dich 😀")
    return await socket.recv()


async def binary(socket):
    await socket.send(BYTES)
    received = await socket.recv()
    return f"{len(received)} {hashlib.sha256(received).hexdigest()}"


async def fragmented(socket):
    await socket.send(["one ", "two ", "three 😀"])
    return await socket.recv()


async def ping(socket):
    await (await socket.ping(b"here?"))
    await socket.send("ping")
    return await socket.recv()


async def leave(socket):
    await socket.close(4001, "enough")
    return f"{socket.close_code} {socket.close_reason}"


async def left(socket):
    await socket.send("close")
    await socket.wait_closed()
    return f"{socket.close_code} {socket.close_reason}"


async def subprotocol(socket):
    return socket.subprotocol


async def play(case, url, mode):
    offered = ["one", "two"] if case is subprotocol else None
    try:
        async with websockets.connect(url, compression=compression[mode], subprotocols=offered) as socket:
            return await case(socket)
    except Exception as error:
        return repr(error)


async def main():
    cases = {case.__name__: case for case in (text, binary, fragmented, ping, leave, left, subprotocol)}
    loop = asyncio.get_running_loop()
    async with websockets.serve(serve, "127.0.0.1", 0, subprotocols=["two", "three"]) as server:
        print("listening", server.sockets[0].getsockname()[1], flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            case, url, mode = line.split()
            print("answer", await play(cases[case], url, mode), flush=True)


asyncio.run(main())
