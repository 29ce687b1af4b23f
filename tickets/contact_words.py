"""What the contact page says, by language."""

from __future__ import annotations

CONTACT_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "write": "Write to us",
        "write_next": "A person answers by e-mail.",
        "email": "Your e-mail address",
        "your_name": "Your name",
        "subject": "What is it about?",
        "describe": "What happened? What did you try?",
        "send": "Send",
        "answers": "These may answer right away",
        "sent": "We have your question",
        "sent_next": "We answer to the address that you gave. Your reference is",
        "too_many": "Too many at once. Try again in a minute.",
    },
    "pt": {
        "write": "Fale com a gente",
        "write_next": "Uma pessoa responde por e-mail.",
        "email": "Seu e-mail",
        "your_name": "Seu nome",
        "subject": "Qual é o assunto?",
        "describe": "O que aconteceu? O que você já tentou?",
        "send": "Enviar",
        "answers": "Talvez isto já responda",
        "sent": "Recebemos sua pergunta",
        "sent_next": "Vamos responder no e-mail que você informou. Sua referência é",
        "too_many": "Muitos pedidos de uma vez. Tente de novo em um minuto.",
    },
    "es": {
        "write": "Escríbenos",
        "write_next": "Una persona responde por correo.",
        "email": "Tu correo",
        "your_name": "Tu nombre",
        "subject": "¿De qué se trata?",
        "describe": "¿Qué pasó? ¿Qué probaste ya?",
        "send": "Enviar",
        "answers": "Quizá esto ya responde",
        "sent": "Recibimos tu pregunta",
        "sent_next": "Te responderemos al correo que nos diste. Tu referencia es",
        "too_many": "Demasiadas a la vez. Inténtalo de nuevo en un minuto.",
    },
}
