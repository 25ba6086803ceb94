"""Make the recordings of ``dlcourse.data.spoken_digits``: ten digits, many voices.

The voices are those of eSpeak NG, a speech synthesiser that is free software (on
Debian and Ubuntu ``apt-get install espeak-ng``). The recordings were made once, with
version 1.51, and lie in the package; a lesson needs neither the synthesiser nor this
script. It needs SciPy, and writes the file anew::

    .venv/bin/python benchmarks/spoken_digits.py [--out FILE]

Each voice variant speaks each digit three times, at another speed and pitch. What is
quieter than 1 % of the peak before and after the word is cut off, but for 20 ms.
"""

import argparse
import io
import subprocess
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src/dlcourse/spoken_digits.npz"

WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
)  # fmt: skip
# A language or accent of the synthesiser, and a variant of its voice. British English
# goes by the name of its file, since `en-gb+m3` does not heed the variant in 1.51.
VOICES = (
    "en-us+m1", "gmw/en+m3", "en-us+m7", "en-gb-scotland+f2", "en-us+f3",
    "en-gb-x-rp+f4", "en-029+f5", "gmw/en+adam", "en-us+david", "en-gb-x-gbclan+Mike",
    "en-us+linda", "gmw/en+belinda", "en-us+pablo", "en-gb-x-gbcwmd+grandma",
    "gmw/en+klatt2", "en-us+klatt4", "en-us+whisper", "gmw/en+whisperf",
)  # fmt: skip
TAKES = 3
RATE, SPEAKER_RATE = 8000, 22050  # what is stored, what the synthesiser puts out
MU = 255  # of the mu-law: how the 8 bits are spread over soft and loud samples


def speak(word: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    """Let the synthesiser say one word; samples from -1 to 1 at 8 kHz."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch)]
    done = subprocess.run([*command, "--stdout", word], capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as file:
        if (file.getframerate(), file.getnchannels()) != (SPEAKER_RATE, 1):
            raise ValueError(f"The synthesiser does not put out {SPEAKER_RATE} Hz mono")
        x = np.frombuffer(file.readframes(-1), "<i2") / 32768
    x = resample_poly(x, 160, 441)  # 22050 Hz to 8000 Hz, with its low-pass
    x = 0.9 * x / np.abs(x).max()
    loud = np.flatnonzero(np.abs(x) > 0.009)
    margin = RATE // 50
    return x[max(0, loud[0] - margin) : loud[-1] + 1 + margin]


def encode(x: np.ndarray) -> np.ndarray:
    """Put samples from -1 to 1 into 8 bits by the mu-law; silence is exactly 0."""
    return np.round(127 * np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)).astype(
        np.int8
    )


def main() -> None:
    """Make all recordings and write them to one file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    samples, rows = [], []
    for variant, voice in enumerate(VOICES):
        for take in range(TAKES):
            for digit, word in enumerate(WORDS):
                speed = (125, 155, 185)[take] + int(rng.integers(-12, 13))
                pitch = (50, 35, 65)[take] + int(rng.integers(-7, 8))
                samples.append(encode(speak(word, voice, speed, pitch)))
                rows.append((digit, variant, speed, pitch))
    if len({x.tobytes() for x in samples}) < len(samples):
        raise ValueError("Two recordings are the same: a variant was not heeded.")
    y, variant, speed, pitch = np.array(rows, dtype=np.int16).T
    version = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True)
    np.savez_compressed(
        args.out,
        samples=np.concatenate(samples),
        lengths=np.array([len(x) for x in samples], dtype=np.int32),
        y=y,
        variant=variant,
        speed=speed,
        pitch=pitch,
        voices=np.array(VOICES),
        made_with=np.array(" ".join(version.stdout.split()[:4])),
        rate=np.array(RATE),
    )
    print(f"{len(samples)} recordings, {args.out.stat().st_size:,d} bytes")


if __name__ == "__main__":
    main()
