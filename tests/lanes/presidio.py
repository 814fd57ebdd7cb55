"""A lane of the benchmark: the pattern recognizers of Presidio, without a language model.

Speaks the commands of the native lane on stdin, and never prints text that was found.
"""

import logging
import sys
import time

logging.disable(logging.CRITICAL)

from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # noqa: E402


def main():
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    used = [one for one in registry.recognizers if isinstance(one, PatternRecognizer)]
    patterns = sum(len(one.patterns or []) for one in used)
    print(f"ready {len(used)} {patterns}", flush=True)
    text, spans = "", []
    for line in sys.stdin:
        words = line.rstrip("\n").split(" ")
        if words[0] == "text":
            with open(words[1], "rb") as file:
                text = file.read(int(words[2])).decode("utf-8", "ignore")
            print("ok", flush=True)
        elif words[0] == "scan":
            begun = time.process_time_ns()
            spans = [
                found
                for one in used
                for found in one.analyze(text, one.supported_entities, nlp_artifacts=None) or []
            ]
            print(f"{time.process_time_ns() - begun} {len(spans)} 0", flush=True)
        else:
            raise SystemExit(f"not a command: {words[0]}")


main()
