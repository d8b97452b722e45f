"""Takes rights away from a process before it opens a stranger's file; what is given up can't be had again.

Limits hold on every system.  The filter of system calls (seccomp) and the empty network exist on Linux only where
the kernel grants them; `confine` says which held, so that nothing is claimed that isn't so.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from pathlib import Path

MEMORY_BYTES = 256 * 1024 * 1024
CPU_SECONDS = 5

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# The calls that reading bytes and answering needs: memory, the open pipes, files opened for reading (modules that
# are loaded late), clocks, leaving.  No sockets, no programs, no other processes, no limits raised.
_CALLS: dict[str, tuple[int, tuple[int, ...], dict[int, int]]] = {
    "x86_64": (
        0xC000003E,
        (
            0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 24, 25, 28, 32, 35, 36, 39, 60, 63,
            72, 79, 89, 96, 97, 98, 99, 100, 102, 104, 107, 108, 110, 131, 186, 202, 204, 217, 228, 229, 230, 231,
            262, 267, 273, 318, 332, 334, 439,
        ),
        {2: 1, 257: 2},
    ),
    "aarch64": (
        0xC00000B7,
        (
            17, 23, 25, 48, 57, 61, 62, 63, 64, 65, 66, 67, 73, 78, 79, 80, 93, 94, 98, 99, 101, 102, 113, 114,
            115, 123, 124, 132, 134, 135, 139, 153, 160, 165, 169, 172, 173, 174, 175, 176, 177, 178, 179, 214,
            215, 216, 222, 226, 233, 278, 291, 293, 439,
        ),
        {56: 2},
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


def address_space() -> int:
    """The bytes of address space that this process has now: the base on which the limit of memory stands."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        # Without /proc the base can't be measured; a warm reader has some 100 MB.
        return 128 * 1024 * 1024
    return pages * resource.getpagesize()


def leave_the_network() -> bool:
    """Move this process into a network without any interface; False where the system doesn't let it."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    except (OSError, AttributeError):
        return False


def limit(base: int) -> None:
    """No more memory than 256 MB above the base, 5 s of processor time, no byte written to a file."""
    for what, most in (
        (resource.RLIMIT_AS, base + MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def filter_calls() -> bool:
    """Refuse every system call that reading doesn't need; False where the kernel has no such filter."""
    known = _CALLS.get(platform.machine())
    if known is None or platform.system() != "Linux":
        return False
    program = _filter(*known)
    steps = ctypes.create_string_buffer(program, len(program))
    whole = _Program(len(program) // 8, ctypes.cast(steps, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    held: int = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(whole), 0, 0)
    return held == 0


def _filter(architecture: int, allowed: tuple[int, ...], opening: dict[int, int]) -> bytes:
    """The filter as the kernel reads it: 8 bytes a step (code, jump if true, jump if false, number)."""
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    steps = [
        struct.pack("=HBBI", load, 0, 0, 4),
        struct.pack("=HBBI", equal, 1, 0, architecture),
        struct.pack("=HBBI", answer, 0, 0, _REFUSE),
        struct.pack("=HBBI", load, 0, 0, 0),
    ]
    for call, argument in opening.items():
        # A file may be opened, but only to be read; the flags are one of the call's arguments.
        steps += [
            struct.pack("=HBBI", equal, 0, 4, call),
            struct.pack("=HBBI", load, 0, 0, 16 + 8 * argument),
            struct.pack("=HBBI", any_bit, 0, 1, _WRITING),
            struct.pack("=HBBI", answer, 0, 0, _REFUSE),
            struct.pack("=HBBI", answer, 0, 0, _ALLOW),
        ]
    for call in allowed:
        steps += [struct.pack("=HBBI", equal, 0, 1, call), struct.pack("=HBBI", answer, 0, 0, _ALLOW)]
    steps.append(struct.pack("=HBBI", answer, 0, 0, _REFUSE))
    return b"".join(steps)


def confine(base: int) -> bool:
    """Give up everything but reading; True where the filter of system calls holds too."""
    limit(base)
    return give_up_calls()


def give_up_calls() -> bool:
    """Refuse what reading doesn't need by the kernel, and sockets at least where it can't; True where it does."""
    held = filter_calls()
    if not held:
        _without_sockets()
    return held


def _without_sockets() -> None:
    """Where the kernel can't refuse, at least our own code can't open a connection."""
    import socket

    def refuse(*_wanted: object, **_more: object) -> None:
        raise PermissionError("reading a document needs no network")

    socket.socket = refuse  # type: ignore[misc, assignment]
    socket.create_connection = refuse  # type: ignore[assignment]
