"""Real pictures for tests, and the beginnings of others."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 640, height: int = 360, shade: int = 200) -> bytes:
    """A picture that browsers show."""
    rows = b"".join(b"\x00" + bytes([shade, 120, 255 - shade // 2]) * width for _ in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told)) for name, told in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\x00\x00\x00;"
JPEG = b"\xff\xd8\xff\xe0\x00\x06JFIF\xff\xc0\x00\x11\x08" + struct.pack(">HH", 20, 30) + b"\x03" + b"\x00" * 12
WEBP_EXTENDED = b"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x13\x00\x00"
WEBP_LOSSLESS = b"RIFF\x20\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f" + struct.pack("<I", 29 | 19 << 14)
WEBP_LOSSY = b"RIFF\x20\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 30, 20)
