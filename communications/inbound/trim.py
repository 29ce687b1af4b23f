"""trim_reply: of an answer only the words that are new, without what it quotes, its signature and its headers.

Rules of our own, in English, Portuguese and Spanish: of the 64 public pairs of mail-parser-reply reaches 15 to 19,
email-reply-parser 28 and quotequail 31 (measured; tests/inbound/test_trimming.py says what these rules reach).
"""

from __future__ import annotations

import re

MOST_LINES = 20_000
LONGEST_ATTRIBUTION = 4  # lines that “On … wrote:” may be broken over
LONGEST_LINE = 300  # characters; what is longer is words, and is matched against nothing: some rules look at it twice
LONGEST_GREETING = 6  # lines below “Sent from my phone” that may belong to it

QUOTE = re.compile(r"^[ \t]*[>|]")
YEAR, CLOCK = r"\b(?:19|20)\d\d\b", r"\b\d{1,2}[:h.]\d{2}\b"
# “On Mon, 1 Feb 2016 at 4:58, Ben wrote:”, “Em 2 de fevereiro … escreveu:”, “El jueves, … escribió:”, and neighbours'.
VERBS = (
    r"wrote|writes|escreveu|escribi[oó]|scrisse|ha scritto|a [ée]crit|schrieb|napisał\w*|skrev|schreef|geschreven"
    r"|пишет|написал\w*|пише|写道|kirjoitti|yazdı"
)
WROTE = re.compile(rf"(?:{VERBS})\b.{{0,40}}[:：]?[ \t*>-]*$", re.IGNORECASE)
STARTS = re.compile(r"^[ \t*_>|-]*(?:on|at|em|no dia|el|en|le|il|am|den|op|dnia|w dniu|в|dne|pe)\b.{4,}", re.IGNORECASE)
DATED = re.compile(
    r"^[ \t*_]*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r".{0,160}(?:[\w.+-]+@|GMT|\bUTC\b|<\s*$|:\s*$)",
    re.IGNORECASE,
)
SAID = re.compile(rf"(?:{VERBS})\s*:?[ \t]*$", re.IGNORECASE)
DOMAIN = re.compile(r"[\w.-]+>?")
MOST_BETWEEN = 40  # characters between an address and “wrote:”
FORWARDS = (
    r"original message|reply message|forwarded (?:message|by)|mensagem (?:original|encaminhada)"
    r"|mensaje (?:original|reenviado)|begin forwarded message|message d.origine|message transf[eé]r[eé]"
    r"|urspr[uü]ngliche nachricht|weitergeleitete nachricht|messaggio originale|oorspronkelijk bericht"
    r"|исходное сообщение|on .{5,120} wrote"
)
MARKED = re.compile(
    rf"^[ \t*_>]*[-_=—–]{{2,}}[ \t*]*(?:{FORWARDS})[ \t*]*:?[ \t]*[-_=—–]*[ \t*]*$"
    r"|^[ \t>]*begin forwarded message:[ \t]*$",
    re.IGNORECASE,
)
HEADER = re.compile(
    r"^[ \t>|]*\*?(?:(?P<from>from|de|von|da|van|od|fra|från|от|发件人)"
    r"|sent|date|to|cc|subject|reply-to|enviad[oa](?: em| el)?|data|fecha|para|assunto|asunto"
    r"|gesendet|datum|an|betreff|risposta|oggetto|a|à|objet|envoyé|date d'envoi|verzonden|aan|onderwerp|wysłano|do"
    r"|temat|skickat|till|ämne|отправлено|кому|тема|дата|日期|收件人|主题)\*?[ \t]*[:：]\*?(?:[ \t]|$)",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"^[ \t]*(?:--[ \t]?|—|__+|\*{3,}|={3,}|-{3,})[ \t]*$")
DEVICE = re.compile(
    r"^[ \t(<*_]*(?:sent (?:from|via|with|by|using)\b|enviad[oa] (?:do|desde|de|pelo|pela|por|a partir)\b"
    r"|get outlook for\b|obter o outlook\b|obtener outlook\b|from my (?:iphone|ipad|android|mobile)"
    r"|someone from mobile\b|envoyé (?:de(?:puis)?|avec)\b|von meinem\b|gesendet (?:mit|von)\b"
    r"|diese nachricht wurde von\b|verzonden (?:met|vanaf)\b|inviato da\b"
    r"|wysłan[eo] z\b|skickat från\b|sendt fra\b|從我的)[^\n]{0,120}$",
    re.IGNORECASE,
)
ANNOUNCES = re.compile(rf"@|{YEAR}|{CLOCK}", re.IGNORECASE)
ODD = re.compile(r"^[ \tᐧ\u200b\xa0]*$")


def trim_reply(text: str) -> str:
    """The new words of an answer; the whole text where nothing of it seems new."""
    long: dict[str, str] = {}
    lines = [_short(line, long) for line in text.replace("\r\n", "\n").split("\n")[:MOST_LINES]]
    lines = _without_leading_quote(lines)
    kept = lines[: _end_of_words(lines)]
    kept = _without_tail(_without_quote_below(kept))
    words = "\n".join(long.get(line, line) for line in kept).strip("\n \t")
    return words or text.strip()


def _short(line: str, long: dict[str, str]) -> str:
    """The line, or what stands for a long one until the end: some rules take the square of its length."""
    if len(line) <= LONGEST_LINE:
        return line
    name = f"\0{len(long)}"
    long[name] = line
    return name


def _end_of_words(lines: list[str]) -> int:
    """The first line of what is quoted or forwarded below the answer; an interleaved answer is left whole."""
    answered: list[bool] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if MARKED.match(line) or _is_header_block(lines, at):
            if any(one.strip() for one in lines[:at]):
                return at
            return len(lines)
        length = _attribution(lines, at)
        if length and any(one.strip() for one in lines[:at]):
            answered = answered or _answered_below(lines)
            if not answered[at + length]:
                return at
    return len(lines)


def _attribution(lines: list[str], at: int) -> int:
    """How many lines “On … wrote:” takes from here on; 0 when there is none."""
    if QUOTE.match(lines[at]):
        return 0
    if _names_someone(lines[at]):
        return 1
    if DATED.match(lines[at]):
        following = " ".join(lines[at : at + 2])
        if re.search(r"[\w.+-]+@[\w.-]+|GMT[+-]\d|:\s*$", following):
            return 2 if lines[at].rstrip().endswith("<") else 1
    if not STARTS.match(lines[at]) or not re.search(r"\d", lines[at]):
        return 0
    said = ""
    for length in range(1, LONGEST_ATTRIBUTION + 5):
        if at + length > len(lines) or len(said) > 600:
            return 0
        line = lines[at + length - 1]
        said = f"{said} {line}".strip()
        if WROTE.search(said) and (re.search(YEAR, said) or re.search(CLOCK, said) or "@" in said or "/" in said):
            return length
    return 0


def _names_someone(line: str) -> bool:
    """“… Ben <ben@example.com> wrote:” on one line."""
    said = SAID.search(line)
    name, at, rest = line[: said.start()].rpartition("@") if said else ("", "", "")
    domain = DOMAIN.match(rest)
    if not at or domain is None or len(rest) - domain.end() > MOST_BETWEEN:
        return False
    return bool(re.match(r"[\w.+-]", name[-1:]))


def _is_header_block(lines: list[str], at: int) -> bool:
    """“From: … Sent: … To: …”: at least three such lines, one of them the sender's, in any of the languages."""
    first = HEADER.match(lines[at])
    if first is None:
        return False
    block = [HEADER.match(line) for line in lines[at : at + 10] if line.strip()]
    count = 0
    for match in block:
        count += match is not None
    return count >= 3 and any(match and match["from"] for match in block)


def _answered_below(lines: list[str]) -> list[bool]:
    """From each line on, whether words of the writer stand below a quote: then the quote is what they answer.

    One pass from below for all lines, since each of them may be an attribution.
    """
    answers = [False] * (len(lines) + 2)  # an attribution of two lines may be cut off after its first
    is_word_next = False  # of what is no quote and not empty, the next one is the writer's own
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        is_quote = bool(QUOTE.match(line))
        answers[at] = is_word_next if is_quote else answers[at + 1]
        if not is_quote and line.strip():
            is_word_next = not SIGNATURE.match(line) and not DEVICE.match(line)
    return answers


def _without_leading_quote(lines: list[str]) -> list[str]:
    """An answer below what it quotes: the attribution on top goes, and the quote when one follows it."""
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    length = _attribution(lines, first)
    if not length:
        return lines
    at = first + length
    while at < len(lines) and (not lines[at].strip() or QUOTE.match(lines[at])):
        at += 1
    return lines[at:] if at < len(lines) else lines


def _without_quote_below(lines: list[str]) -> list[str]:
    """Without a quote that nothing follows, and the line or two that announce it in whatever language."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or QUOTE.match(lines[end - 1])):
        end -= 1
    if not end or not any(QUOTE.match(line) for line in lines[end:]):
        return lines
    last = lines[end - 1].rstrip()
    announces = last.endswith((":", "：")) and (
        ANNOUNCES.search(last) or (end > 1 and ANNOUNCES.search(lines[end - 2]))
    )
    if announces:
        end -= 1
        while end and lines[end - 1].strip() and ANNOUNCES.search(lines[end - 1]):
            end -= 1
    return lines[:end] if any(line.strip() for line in lines[:end]) else lines


def _without_tail(lines: list[str]) -> list[str]:
    """Without the signature, the device's greeting and empty lines at the end."""
    for at, line in enumerate(lines):
        if at and SIGNATURE.match(line) and any(one.strip() for one in lines[:at]):
            lines = lines[:at]
            break
    lines = lines[: _start_of_greeting(lines)]
    while lines and (ODD.match(lines[-1]) or SIGNATURE.match(lines[-1])):
        lines = lines[:-1]
    return lines


def _start_of_greeting(lines: list[str]) -> int:
    """Where “Sent from my phone” begins, with nothing but its like below, or hardly anything at all."""
    start = len(lines)
    for at in range(len(lines) - 1, -1, -1):  # from below, each line once
        if DEVICE.match(lines[at]):
            start = at
        elif lines[at].strip() and len(lines) - at > LONGEST_GREETING:
            break
    return start
