"""Frames as they were captured or published, by kind, each with where it is from."""

from __future__ import annotations

from typing import Final

LIP: Final = (
    "0A0088BD4247F737FFE810",  # public PEI logs of a Motorola radio
    "0A0BA7D5B95BC50AFFE16",  # a Sepura radio (N5UWU); 21 digits
    "0a010e6239b0439affe020",  # brew-server README
    "0A4E73DDA841F55809493CC081",  # public log, long report
)
SDS: Final = (
    "8004",  # ftl/tetra-pei, tests: a status
    "0201746573746D657373616765",  # the same: a simple text
    "82029C01746573746D657373616765",  # the same: a text by SDS-TL
    "821000C9",  # the same: a report
    "821800CA",  # the same: a report that asks for its acknowledgement
    "822001C9",  # the same: the acknowledgement
    "82040801476A61746A616A676A61",  # SvxLink, TetraLogic
    "7C01",
)
ARS: Final = (
    "0007F0200231310000",  # ok-dmrlib, test_ars
    "000131",
    "0002BF01",
    "000174",
    "00013F",
    "0010F5000231310939393939393939393900",
    "00033F1080",
)
TMS: Final = (
    "000DE00101954461" + "0068006F006A00",  # ok-dmrlib, test_tms
    "00049F009520",
    "0003D00001",
    "00021F00",
)
LRRP: Final = (
    "071A22042468ACE0341F4DBC778051118ECD8D118AD47B00636C0006",  # ok-dmrlib, test_lrrp
    "090922042468ACE034313C",
    "0F0622042468ACE0",
    "110722042468ACE038",
    "070C22042468ACE0390503515355",
    "0D0F22042468ACE066118ECD8D118AD47B",
    "0d1a22047fffffff69486109950ad0ecd28338156c000856a270400a",
    "1313232F341F99B20E87664728A1C70A38D29F561A",
    "050822042468ACE05162",  # ok-dmrlib, test_mbxml
)
DMRD: Final = (
    # An MMDVM host's CSBK preamble (ok-dmrlib).
    "444d52440923383b0008fd0006690fe33391012951dd0c4d8bb40ac413a86c5094fdff57d75df5dcadfa1268aaa87b82b9d8291910003c",
)
USRP: Final = (
    "555352500000000b0000000000000001" + "00" * 16,  # chan_usrp: sound is on
    "55535250000000da0000000000000000000000000200000000000000000000000813"
    "12d687000000000000000000" + "4e3043414c4c00",  # pyUC: who talks
)
LINK_CONTROL: Final = (
    "030000000fa523e7fe",  # HBlink, voice header
    "08000E4A27C7518099",  # a talker's position
    "0400da005200340057",  # ok-dmrlib: alias, four blocks
    "050000420050002000",
    "060044006d00690074",
    "070000720069006900",
)
DATA_HEADERS: Final = (
    "023a2337fc2337fe820081a3",  # ok-dmrlib, test_data_header
    "434e2337fe2337fc84781bd1",
    "4da123386323383b05005757",
    "800500010627fce7001bacaf",
    "01402337fc2337fe000ff83a",
)
BURST_CSBK: Final = "51dd0c4d8bb40ac413a86c5094fdff57d75df5dcadfa1268aaa87b82b9d8291910"
BURST_VOICE_HEADER: Final = "4f2e00b501ae3a001c40a0c1cc7dff57d75df5d5065026f82880bd616f13f18589"
EMBEDDED: Final = "0300030a0f0006060f033a030c393530"
SMS_BURSTS: Final = (
    # ok-dmrlib, test_transmission: header and two blocks of an acknowledged text of a MOTOTRBO radio.
    "7abc3520240678e3a3436a8b55bdff57d75df5d55ed179b2304122624d0589a7bc",
    "430d22106233407c00b0219a55ddff57d75df5d6f1492a46d43d20c20b8291214b",
    "008a00da01b401400330180015ddff57d75df5d6f104025802700ae0250010001e",
)

BY_KIND: Final = {"lip": LIP, "sds": SDS, "ars": ARS, "tms": TMS, "lrrp": LRRP, "dmrd": DMRD, "usrp": USRP}
