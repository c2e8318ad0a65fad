"""A program, not a module: a user of Mumble by pymumble 1.6.1, run by the Python of its own environment.
Usage: mumble_user.py PORT NAME PASSWORD CHANNEL HEARD TEXTS CONTROL_PORT.

What he hears is appended to the file HEARD (48 kHz, s16le), texts to TEXTS (a line of JSON each); what he is
to do comes to the control port as JSON.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN003, ANN201, ANN202, SIM115

import json
import math
import socket
import ssl
import struct
import sys
from pathlib import Path

if not hasattr(ssl, "wrap_socket"):
    # Python 3.12 has taken it away; pymumble is of 2021.
    def _wrap(sock, certfile=None, keyfile=None, ssl_version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(sock)

    ssl.wrap_socket = _wrap

import pymumble_py3
import pymumble_py3.mumble
from pymumble_py3 import constants

RATE = 48_000


def main() -> None:
    port, name, password, channel, heard_at, texts_at, control = sys.argv[1:]
    pymumble_py3.mumble.PYMUMBLE_CONNECTION_RETRY_INTERVAL = 1
    user = pymumble_py3.Mumble("127.0.0.1", name, port=int(port), password=password, reconnect=True)
    heard = Path(heard_at).open("ab", buffering=0)
    texts = Path(texts_at).open("a", buffering=1)

    def take_sound(_speaker, chunk):
        heard.write(chunk.pcm)

    def take_text(message):
        texts.write(json.dumps({"from": user.users[message.actor]["name"], "text": message.message}) + "\n")

    def connected():
        path = [one for one in channel.split("/") if one]
        if path:
            user.channels.find_by_tree(path).move_in()
        print("connected", flush=True)

    user.set_receive_sound(True)
    user.callbacks.set_callback(constants.PYMUMBLE_CLBK_SOUNDRECEIVED, take_sound)
    user.callbacks.set_callback(constants.PYMUMBLE_CLBK_TEXTMESSAGERECEIVED, take_text)
    user.callbacks.set_callback(constants.PYMUMBLE_CLBK_CONNECTED, connected)
    orders = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    orders.bind(("127.0.0.1", int(control)))
    user.start()
    while True:
        do(user, **json.loads(orders.recv(4096)))


def do(user, what, **order):
    if what == "say":
        user.sound_output.add_sound(tone(order["hz"], order["seconds"]))
    elif what == "text":
        other(user, order["to"]).send_text_message(order["words"])
    elif what == "text-channel":
        user.my_channel().send_text_message(order["words"])
    elif what == "mute":
        other(user, order["name"]).mute()
    elif what == "unmute":
        other(user, order["name"]).unmute()
    elif what == "kick":
        other(user, order["name"]).kick("test")


def other(user, name):
    return next(one for one in user.users.values() if one["name"] == name)


def tone(hz, seconds):
    samples = (int(9830 * math.sin(2 * math.pi * hz * at / RATE)) for at in range(int(seconds * RATE)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


main()
