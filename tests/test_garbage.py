"""What a node no longer needs once it has started."""

import subprocess
import sys

PROGRAM = """
import os, subprocess
from node import garbage

def held():
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(os.getpid())])) // 1024

began = held()
blocks = [bytes(4_000) for _ in range(20_000)]  # small enough to come from the heap
last = blocks.pop()
full = held() - began
del blocks
garbage.settle()
print(full, held() - began)
"""


def test_what_is_free_goes_back_to_the_system() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    full, settled = map(int, ran.stdout.split())
    assert full > 70
    assert settled < 10
