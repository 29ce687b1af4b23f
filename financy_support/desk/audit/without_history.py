"""The one list of records that have no history, each with its reason; a test holds it against all models."""

# Append-only records (replies, messages, attempts, attachments, resolutions) are their own history and not listed.
WITHOUT_HISTORY = {
    "admin.logentry": "Django's own log of admin forms, written once; the records' history says more",
    "api.idempotencykey": "the memory of one answer, pruned after 72 hours",
    "api.tokenuse": "when a token was last used: a version a request would say nothing else",
    "auth.group": "unused: what people may do goes by kind and scope",
    "auth.permission": "unused: what people may do goes by kind and scope",
    "axes.accessattempt": "the lock-out library's own counters",
    "axes.accessattemptexpiration": "the lock-out library's own counters",
    "axes.accessfailurelog": "the lock-out library's own log, written once",
    "axes.accesslog": "the lock-out library's own log of log-ins, written once",
    "communications.delivery": "the hot row of the outbox; each change of it is an append-only DeliveryAttempt",
    "communications.gate": "whether a provider may be tried now; each try is an append-only DeliveryAttempt",
    "communications.mailboxplace": "how far a mailbox has been read: each mail that moved it on has its own row",
    "communications.mailtry": "a try to take in a mail, gone when it ends: what came of it is the mail's own row",
    "contenttypes.contenttype": "Django's register of models",
    "desk.guideedition": "one row that PostgreSQL rewrites whenever a guide row, which has history, changes",
    "desk.heartbeat": "says that an engine is alive, every second",
    "knowledge.popularsearch": "added up anew every hour from the log of searches",
    "knowledge.searchquery": "a log of what readers typed, with nobody's name, pruned after 400 days",
    "knowledge.tally": "added up anew every hour from searches and votes",
    "otp_static.staticdevice": "second factor of a library; secrets must not be copied",
    "otp_static.statictoken": "second factor of a library; secrets must not be copied",
    "otp_totp.totpdevice": "second factor of a library; secrets must not be copied",
    "sessions.session": "a browser's session",
    "tickets.chatpresence": "says that somebody is looking at a conversation, every ten seconds",
}
