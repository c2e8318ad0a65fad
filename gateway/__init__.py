"""The edges of Songhua and the wiring between its rooms."""

import os

# Drafting multiplies small matrices, beside which a second thread of the library only waits and costs a core.
# It reads this when numpy is first imported; who sets it otherwise is heard.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
