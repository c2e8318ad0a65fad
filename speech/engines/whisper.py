"""Whisper (CTranslate2) for whole utterances: finals, and partials only when asked by `peek`.

Kept rules, each against a failure that was seen: no temperature fallback (bad audio would cost five times
the work), no path ever given (the decoder library breaks on files), loops and echoed hints are dropped,
traditional characters become simplified ones, nothing is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import exp
from typing import Any

import numpy as np

from speech.engines.certainty import Certainty, Said, joined
from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser
from speech.engines.simplified import simplified
from speech.errors import ModelMissing
from speech.resample import Samples, doubled, floats

PEEK_EVERY_S = 1.5  # a partial costs as much as a final, so not more often than this
SHORTEST_S = 0.3
WINDOW_LEAST = 1000  # frames of 10 ms
WINDOW_MARGIN = 200
SETTLED = 0.95  # a language that is so much likelier than the others stays that of the whole utterance
# Opening, joint, end, and room in characters: Whisper keeps 224 tokens of a prompt, and a Chinese
# character takes one or two. A sentence with a list in it: bare hints and commas make it drop syllables.
_CHINESE = ("市民热线：", "、", "。", 140)
_ENGLISH = ("A call to the city hotline about ", ", ", ".", 450)
LOOP_RATIO = 2.4  # text that compresses better than this repeats itself
FRAMES_EACH = 2  # of the sound, in one frame of the encoder
SILENT = 0.6  # no-speech probability that, with low confidence, means nobody spoke
UNSURE = -1.0


class WhisperEngine:
    """One model; recognisers share it and are used one after another."""

    name = "whisper"

    def __init__(self, options: EngineOptions) -> None:
        import faster_whisper  # noqa: PLC0415  # heavy: only in the process that runs this engine

        if not (options.model / "model.bin").is_file():
            raise ModelMissing(
                f"{options.model} has no model.bin", remedy="run scripts/setup, or set speech.model"
            )
        self._beam = options.beam
        self._model: Any = faster_whisper.WhisperModel(
            str(options.model),
            device="cpu",
            compute_type="int8",
            cpu_threads=options.threads,
            num_workers=1,
            local_files_only=True,
        )
        self._pad: Callable[[Any], Any] = faster_whisper.audio.pad_or_trim
        self._encoder = _Encoder(self._model.encode)
        self._model.encode = self._encoder
        self._make_tokenizer: Callable[..., Any] = faster_whisper.tokenizer.Tokenizer
        self._tokenizers: dict[str, Any] = {}

    def recogniser(self, expected: Expected) -> Recogniser:
        return _WhisperUtterance(self, expected)

    def likelihoods(self, samples: Samples, languages: Iterable[str]) -> dict[str, float]:
        """How well each language explains the audio, in shares of 1.

        The encoder's work, nearly all there is, is used again when the same samples are transcribed.
        """
        features = self._model.feature_extractor(samples)[..., :-1]
        (found,) = self._model.model.detect_language(self._model.encode(self._pad(features)))
        chances = {token[2:-2]: float(chance) for token, chance in found}
        kept = {language: max(chances.get(language, 0.0), 1e-6) for language in languages}
        return {language: chance / sum(kept.values()) for language, chance in kept.items()}

    def transcribe(
        self,
        samples: Samples,
        language: str,
        hints: tuple[str, ...],
        beam: int | None = None,
        *,
        certain: bool = False,
    ) -> Hypothesis:
        """The final hypothesis for 16 kHz samples; empty text when nothing trustworthy was understood.

        `certain` also asks how sure each piece is.
        """
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=beam or self._beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            initial_prompt=prompt_of(language, hints) or None,
        )
        kept = [segment for segment in segments if is_trustworthy(segment, hints)]
        # A character that was cut off inside its tokens comes as U+FFFD.
        text = " ".join(segment.text.replace("\ufffd", "").strip() for segment in kept).strip()
        if language == "zh":
            text = simplified(text)
        sure = exp(float(np.mean([segment.avg_logprob for segment in kept]))) if kept else None
        certainty = self._certainty(kept, text, language) if certain and text else ()
        return Hypothesis(text, final=True, language=language, confidence=sure, certainty=certainty)

    def _certainty(self, kept: Sequence[Any], text: str, language: str) -> Certainty:
        """How sure each piece of the text is; none where that cannot be told.

        Asked without the prompt: a hint that was read into unclear sound is unlikely by the sound alone. The
        encoder's work stands and the decoder reads the whole text at once: a twelfth of a final's work.
        """
        if len(kept) != 1:
            return ()  # the encoder's work of the first windows is gone
        tokenizer = self._tokenizer(language)
        tokens = [token for token in kept[0].tokens if token < tokenizer.eot]
        encoded = self._encoder.last
        if not tokens or encoded is None:
            return ()
        try:
            (aligned,) = self._model.model.align(
                encoded, tokenizer.sot_sequence, [tokens], FRAMES_EACH * encoded.shape[1]
            )
        except (RuntimeError, ValueError):
            return ()  # the words are worth more than how sure they are
        said = words_with(aligned.text_token_probs, *tokenizer.split_to_word_tokens(tokens))
        written, certainty = joined([said], simplified if language == "zh" else str)
        return certainty if written == text else ()

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            self._tokenizers[language] = self._make_tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]


def words_with(chances: Sequence[float], words: Sequence[str], tokens: Sequence[Sequence[int]]) -> list[Said]:
    """The words, each with the lowest probability of its tokens."""
    out, at = [], 0
    for word, own in zip(words, tokens, strict=True):
        out.append((word, float(min(chances[at : at + len(own)], default=0.0))))
        at += len(own)
    return out


class _Encoder:
    """The model's `encode`, which is nearly all the work: over no more silence than needed, and once.

    Whisper is made for 30 s and pads every utterance to it. Over ten seconds, or the utterance and two
    more, the text is the same for a third of the work. Asked twice for the same features it answers at once.
    """

    def __init__(self, encode: Callable[[Any], Any]) -> None:
        self._encode = encode
        self._features: Any = None
        self.last: Any = None
        """What came of the features that were given last."""

    def __call__(self, features: Any) -> Any:
        if self._features is None or not np.array_equal(features, self._features):
            self.last = self._encode(np.ascontiguousarray(features[:, : window(features)]))
            self._features = features
        return self.last


def window(features: Any) -> int:
    """How many of the frames (10 ms each, silence behind the utterance is zeros) are worth the work."""
    voiced = np.flatnonzero(features.any(axis=0))
    wanted = max(WINDOW_LEAST, int(voiced[-1]) + 1 + WINDOW_MARGIN) if voiced.size else WINDOW_LEAST
    return min(int(features.shape[1]), wanted + wanted % 2)


class _WhisperUtterance:
    def __init__(self, engine: WhisperEngine, expected: Expected) -> None:
        self._engine = engine
        self._expected = expected
        self._likelihoods: dict[str, float] | None = None
        self._pcm = bytearray()
        self._peeked = 0

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        self._pcm += pcm
        return []

    def peek(self) -> list[Hypothesis]:
        if len(self._pcm) - self._peeked < PEEK_EVERY_S * 16000:
            return []
        self._peeked = len(self._pcm)
        heard = self._hear(beam=1)
        if not heard.text:
            return []
        return [replace(heard, final=False)]

    def finish(self) -> list[Hypothesis]:
        if len(self._pcm) < SHORTEST_S * 16000:
            return []
        heard = self._hear(certain=True)
        return [heard] if heard.text else []

    def _hear(self, beam: int | None = None, *, certain: bool = False) -> Hypothesis:
        samples = doubled(floats(bytes(self._pcm)))
        language = self._language(samples)
        hints = self._expected.words(language)
        heard = self._engine.transcribe(samples, language, hints, beam, certain=certain)
        if says_only_hints(heard.text, language, hints):
            # Unclear words come back as a hint. The encoder's work stands, so asking again costs little.
            heard = self._engine.transcribe(samples, language, (), beam, certain=certain)
        return replace(heard, likelihoods=self._likelihoods)

    def _language(self, samples: Samples) -> str:
        """The language so far; once it is plain, it is not asked for again."""
        if not self._expected.is_certain and max((self._likelihoods or {"": 0}).values()) < SETTLED:
            self._likelihoods = self._engine.likelihoods(samples, self._expected.languages)
        return self._expected.language(self._likelihoods)


def prompt_of(language: str, hints: tuple[str, ...]) -> str:
    """As many hints as Whisper will keep, the first ones first, as a sentence of the language."""
    opening, joint, end, room = _ENGLISH if language == "en" else _CHINESE
    kept: list[str] = []
    for hint in hints:
        room -= len(hint) + len(joint)
        if room < 0:
            break
        kept.append(hint)
    return f"{opening}{joint.join(kept)}{end}" if kept else ""


def says_only_hints(text: str, language: str, hints: tuple[str, ...]) -> bool:
    """True if nothing is left of the text without the prompt's own words."""
    opening = _ENGLISH[0] if language == "en" else _CHINESE[0]
    said = left = _bare(text)
    if not said or not hints:
        return False
    for given in sorted(map(_bare, (opening, *hints)), key=len, reverse=True):
        left = left.replace(given, "") if given else left
    return not left or _bare(opening) in said


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def is_trustworthy(segment: Any, hints: tuple[str, ...]) -> bool:
    """False for a loop, for what was made up from silence, and for the prompt read aloud."""
    if segment.no_speech_prob > SILENT and segment.avg_logprob < UNSURE:
        return False
    if segment.compression_ratio > LOOP_RATIO:
        return False
    return not _echoes(segment.text, hints)


def _echoes(text: str, hints: tuple[str, ...]) -> bool:
    """True if the text is a stretch of three or more hints in their own order: read, not heard."""
    said, *given = map(_bare, (text, *hints))
    return said in "".join(given) and sum(hint in said for hint in given if hint) >= 3
