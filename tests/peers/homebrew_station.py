"""A program, not a module: the repeater of hytera-homebrew-bridge 2021.2 at a master, run by the Python of
its own environment. Usage: homebrew_station.py MASTER_PORT REPEATER_ID PASSWORD CONTROL_PORT.

What comes to the control port goes to the master; what comes of the master goes to who spoke there last.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, ANN204

import asyncio
import logging
import sys

from hytera_homebrew_bridge.lib.mmdvm_protocol import MMDVMProtocol
from hytera_homebrew_bridge.lib.settings import BridgeSettings

SETTINGS = """
[ip-site-connect]
ip = 127.0.0.1
p2p_port = 1
dmr_port = 2
rdac_port = 3
[snmp]
enabled = false
[homebrew]
local_ip = 127.0.0.1
master_ip = 127.0.0.1
master_port = {port}
password = {password}
repeater_dmr_id = {number}
callsign = BY2TEST
rx_freq = 438000000
tx_freq = 430000000
"""


class Control(asyncio.DatagramProtocol):
    """The test's end."""

    def __init__(self, outgoing):
        self.outgoing = outgoing
        self.test = None
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.test = addr
        if data:
            self.outgoing.put_nowait(data)

    def heard(self, data):
        if self.test is not None:
            self.transport.sendto(data, self.test)


async def main(port, number, password, control_port):
    """For ever, or until it is told to end."""
    loop = asyncio.get_running_loop()
    outgoing, incoming = asyncio.Queue(), asyncio.Queue()
    control = Control(outgoing)
    await loop.create_datagram_endpoint(lambda: control, local_addr=("127.0.0.1", control_port))

    class Station(MMDVMProtocol):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            if data[:4] == b"DMRD":
                control.heard(data)

    settings = BridgeSettings(filedata=SETTINGS.format(port=port, number=number, password=password))
    station = Station(settings, lambda: None, outgoing, incoming)
    await loop.create_datagram_endpoint(
        lambda: station, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", port)
    )
    await asyncio.gather(station.periodic_maintenance(), station.send_mmdvm_from_queue())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
