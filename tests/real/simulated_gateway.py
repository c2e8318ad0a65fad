"""A simulated gateway for the dialplan's safety tests: beats by AMI, holds a dialogue, fails on demand.

Not the real one. It tells each step on standard output. SIGUSR1: close the port and the connections;
SIGUSR2: say nothing more and keep them open.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

BEAT_SECONDS = 1.0


def tell(step: str) -> None:
    """One line for the test that watches."""
    print(step, flush=True)


class SimulatedGateway:
    """Everything in one event loop, like the real one: a freeze stops beat and dialogue together."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.silent = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.vanish)
        loop.add_signal_handler(signal.SIGUSR2, self.silent.set)
        if self.chosen.start != "deaf":
            self.server = await asyncio.start_server(self.dialogue, "127.0.0.1", self.chosen.fastagi)
        if self.chosen.start == "mute":
            self.silent.set()
        await self.beat()

    def vanish(self) -> None:
        """Nobody listens any more, and every connection is reset; the beat goes on."""
        if self.server is not None:
            self.server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def beat(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.chosen.ami)
        account = f"Username: {self.chosen.user}\r\nSecret: {self.chosen.secret}\r\n"
        writer.write(f"Action: Login\r\n{account}Events: off\r\n\r\n".encode())
        while True:
            writer.write(b"Action: Ping\r\n\r\n")
            epoch = ""
            while not epoch:
                line = (await reader.readline()).decode(errors="replace")
                if not line:
                    tell("ami closed")
                    return
                if line.startswith("Timestamp:"):
                    epoch = line.split(":")[1].split(".")[0].strip()
            writer.write(f"Action: Setvar\r\nVariable: GW_BEAT\r\nValue: {epoch}\r\n\r\n".encode())
            tell("beat")
            await asyncio.sleep(BEAT_SECONDS)

    async def dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            await self.speak(reader, writer)
        except (ConnectionError, EOFError) as lost:
            tell(f"handed over: {type(lost).__name__}")
        finally:
            self.writers.discard(writer)
            writer.close()

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        facts = {}
        while line := (await reader.readline()).decode(errors="replace").strip():
            name, _, value = line.partition(":")
            facts[name] = value.strip()
        tell("dialogue begins")

        async def command(text: str) -> None:
            if self.silent.is_set():
                tell("silent")
                await asyncio.Event().wait()
            await asyncio.sleep(self.chosen.delay)
            writer.write(text.encode() + b"\n")
            while True:
                answer = (await reader.readline()).decode(errors="replace")
                if not answer or answer.startswith("HANGUP"):
                    raise EOFError
                if not answer.startswith("100"):
                    return

        tell("thinks")
        await asyncio.sleep(self.chosen.think)
        tell("plays")
        await command(f'GOSUB gw-play s 1 "{self.chosen.prompt}"')
        tell("thinks again")
        await asyncio.sleep(self.chosen.think)
        tell("reads")
        await command(f'GOSUB gw-read s 1 "{self.chosen.prompt},1,3"')
        await command('SET VARIABLE FLOW_NOTICE "played"')
        await command(f'SET VARIABLE FLOW_RESULT "ok-{facts["agi_uniqueid"]}"')
        tell("dialogue ends well")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ami", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--fastagi", type=int, required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--start", choices=("well", "mute", "deaf"), default="well")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each command")
    parser.add_argument("--think", type=float, default=0.6, help="seconds of silence between the steps")
    asyncio.run(SimulatedGateway(parser.parse_args()).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
