"""What a call says, as TwiML: the words, then which key acknowledges; and what it says when a key was pressed."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

ACKNOWLEDGE, AGAIN = "4", "7"
LONGEST = 4000  # what Twilio takes of TwiML given with the call
WAITS = 8  # seconds for a key
VOICES = {"en": "en-US", "pt": "pt-BR", "es": "es-MX"}
SAYINGS = {
    "ask": {
        "en": "Press 4 to acknowledge, 7 to hear it again.",
        "pt": "Pressione 4 para confirmar, 7 para ouvir de novo.",
        "es": "Pulse 4 para confirmar, 7 para oírlo de nuevo.",
    },
    "no_key": {
        "en": "No key was pressed. This is not acknowledged.",
        "pt": "Nenhuma tecla foi pressionada. Isto não está confirmado.",
        "es": "No se pulsó ninguna tecla. Esto no está confirmado.",
    },
    "acknowledged": {
        "en": "Thank you. It is acknowledged.",
        "pt": "Obrigado. Está confirmado.",
        "es": "Gracias. Está confirmado.",
    },
    "too_late": {
        "en": "This call is too old to acknowledge. Please look into the desk.",
        "pt": "Esta chamada é antiga demais para confirmar. Consulte o sistema.",
        "es": "Esta llamada es demasiado antigua para confirmar. Consulte el sistema.",
    },
}


def page_spoken(words: str, *, language: str, keys_to: str) -> str:
    """The words, twice, each time with the question; shortened until Twilio takes it."""
    spoken = " ".join(words.split())
    said = _page(spoken, language, keys_to)
    while len(said) > LONGEST:
        spoken = spoken[: len(spoken) - max((len(said) - LONGEST) // 2, 20)].rsplit(" ", 1)[0]
        said = _page(f"{spoken} …", language, keys_to)
    return said


def answer_spoken(saying: str, *, language: str) -> str:
    """One sentence, then the end."""
    said = VoiceResponse()
    said.say(SAYINGS[saying][language], language=VOICES[language])
    said.hangup()
    return str(said)


def _page(spoken: str, language: str, keys_to: str) -> str:
    said = VoiceResponse()
    for _ in range(2):
        question = Gather(action=keys_to, method="POST", num_digits=1, timeout=WAITS)
        question.say(spoken, language=VOICES[language])
        question.say(SAYINGS["ask"][language], language=VOICES[language])
        said.append(question)
    said.say(SAYINGS["no_key"][language], language=VOICES[language])
    said.hangup()
    return str(said)
