"""A SIMULATOR of a TETRA radio at its peripheral equipment interface (PEI, ETSI EN 300 392-5), and of the
network with the other radios behind it. No radio was ever seen by it: what is written here is the standard
and public descriptions of it, and nothing of our own driver or codecs.

    network = SimulatedNetwork(mcc=460, mnc=1)
    radio = SimulatedRadio(network, issi=1001, groups=[9001])
    port = await radio.listen()                  # TCP on 127.0.0.1; one client at a time
    path = radio.open_pty(tmp_path / "radio")    # or a serial port: a link that follows the radio's restarts
    crew = network.unit(2001, groups=[9001])     # another radio of the network

    crew.send_status(radio, 0x8004)              # statuses, and crew.send_emergency(radio)
    crew.send_text(radio, "到场", report=1)      # SDS-TL; report 0 none, 1 received, 2 read, 3 both
    crew.send_simple_text(radio, "on site")      # without transport; immediate=True in both
    crew.send_long_text(radio, "…", per_part=60) # parts with a user data header
    crew.send_short(radio, 1, 0x1234)            # SDS types 1, 2 and 3
    crew.send_position(radio, 45.7, 126.6)       # LIP short; send_long_position for the long report
    crew.send_sds(radio, UserData(...))          # anything else
    await crew.hears(lambda sds: sds.text == …)  # what our side has sent to it; crew.heard is all of it
    await crew.is_told(radio, reference=3)       # the report on a text of its own
    crew.reads = True                            # it says also that a text was read
    crew.reachable = False                       # off: +CMGS says that it failed

    crew.press(9001, emergency=False)            # talks in the group; crew.talks says whether it may
    crew.release(9001)
    await crew.until(lambda: crew.talks)
    network.refuse_setups(cause=5)               # +CTCR instead of a call; None: no more
    network.talk = Answer.GRANT | QUEUE | REFUSE | SILENCE   # what a demand meets (default: GRANT, and
                                                 # QUEUE while somebody talks)
    network.interrupt(9001, by=crew)             # takes the talk from who has it (+CTXI)
    network.end_call(9001, cause=14)             # +CTCR
    network.hang_s                               # a call without talk ends after so long (cause 13)

    radio.registration(2)                        # +CREG; out of service unless 1 (home) or 5 (visited)
    radio.turn_knob(9002)                        # another group is selected at the radio (+CTGS)
    radio.press(), radio.release()               # its own button: it talks without the TE
    radio.commands                               # what has come to it, as text, without <CR>
    radio.texts_in                               # user data of its CMGS that it has passed on
    radio.quirks                                 # ways in which radios differ: see `Quirks`
    radio.fail_next(30)                          # the next command gets +CME ERROR: 30
    radio.slow_s = 0.5                           # each answer takes so long
    radio.freeze(), radio.thaw()                 # half-open: it takes everything and says nothing
    radio.garbage(bytes([255]))                  # bytes that are no answer
    radio.drop()                                 # the link goes, the radio stays
    radio.unplug(), radio.plug()                 # nobody can connect; a call of ours goes on
    await radio.restart(away_s=0.2)              # off and on: profile, echo, error format are forgotten
    await radio.close()

What is not sure, because no text of the standard said it, is chosen by a quirk and listed there.
"""

from tests.peers.simulated_tetra.lines import Command
from tests.peers.simulated_tetra.network import Answer, SimulatedNetwork, SimulatedUnit
from tests.peers.simulated_tetra.quirks import Quirks
from tests.peers.simulated_tetra.radio import SimulatedRadio
from tests.peers.simulated_tetra.sds import Heard, UserData

__all__ = [
    "Answer",
    "Command",
    "Heard",
    "Quirks",
    "SimulatedNetwork",
    "SimulatedRadio",
    "SimulatedUnit",
    "UserData",
]
