// The chat's page: says lines once however often it has to try, reads on from its place after any break.
"use strict";

const words = JSON.parse(document.getElementById("page-words").textContent);
const language = document.documentElement.lang;
const isFramed = window.parent !== window;
const at = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const given = new URLSearchParams(location.hash.slice(1)).get("token");
const kept = keeper("desk-chat");

let token = given || kept.get("token");
let outbox = kept.get("outbox", []); // lines not yet accepted, each with the key under which it is tried again
let isSending = false, held = []; // own lines that the stream tells of while the same line is being sent
let source = null, place = "0.0", pause = 1000, typedAt = 0;
let isShown = !isFramed, isOpen = false, marked = 0;
let standing = { read: {}, here: [], available: false };
const shown = new Map(); // kind and id → element

begin();

async function begin() {
    if (isFramed) at.close.hidden = false;
    if (!token) return askWho();
    try {
        await open();
    } catch (refusal) {
        if (refusal.status === 401 || refusal.status === 403) return end();
        trouble(words.offline);
        setTimeout(begin, 3000);
    }
}

// ——— Who ———

function askWho() {
    at.who.hidden = false;
    at.talk.hidden = true;
    at.name.focus();
}

at.who.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
        const visitor = { name: at.name.value, email: at.email.value, language };
        token = (await ask("visitors/", visitor)).token;
        kept.set("token", token);
        trouble("");
        await open();
        at.words.focus();
    } catch (refusal) {
        trouble(refusal.detail || words.offline);
    }
});

function end() {
    token = null;
    source?.close();
    kept.forget("token");
    isOpen = false;
    trouble(words.expired);
    if (!given) askWho();
}

// ——— The conversation ———

async function open() {
    const chat = await ask("");
    at.who.hidden = true;
    at.talk.hidden = false;
    isOpen = true;
    place = chat.place;
    chat.lines.forEach(add);
    outbox.forEach(showWaiting);
    stand(chat);
    trouble("");
    if (chat.reference) listen();
    drain();
}

function add(line) {
    const key = `${line.kind}-${line.id}`;
    if (shown.has(key)) return;
    const element = bubble(line.voice, line.author, line.body, line.created_at);
    if (line.files) element.append(Object.assign(document.createElement("small"), { textContent: words.files.replace("{count}", line.files) }));
    element.dataset.reply = line.kind === "reply" ? line.id : 0;
    element.dataset.at = Date.parse(line.created_at);
    shown.set(key, element);
    const later = [...at.log.querySelectorAll("article:not(.waiting)")].find((other) => Number(other.dataset.at) > Number(element.dataset.at));
    at.log.insertBefore(element, later || at.log.querySelector(".waiting"));
    at.typing.textContent = "";
    at.log.scrollTop = at.log.scrollHeight;
    tellUnread();
}

function bubble(voice, author, body, moment) {
    const element = document.createElement("article");
    element.className = `line ${voice}`;
    const head = document.createElement("header");
    const who = { customer: words.you, desk: words.desk }[voice] || author;
    head.append(Object.assign(document.createElement("b"), { textContent: who }), " ");
    if (moment) {
        const time = new Intl.DateTimeFormat(language, { timeStyle: "short", ...(isToday(moment) ? {} : { dateStyle: "short" }) });
        head.append(Object.assign(document.createElement("time"), { dateTime: moment, textContent: time.format(new Date(moment)) }));
    }
    element.append(head, Object.assign(document.createElement("p"), { textContent: body.trim() }));
    return element;
}

function isToday(moment) {
    return new Date(moment).toDateString() === new Date().toDateString();
}

function stand(news) {
    standing = { ...standing, ...news };
    const state = standing.here.includes("agent") ? "agent_here" : standing.available ? "available" : "nobody";
    if (at.status.textContent !== words[state]) at.status.textContent = words[state];
    at.log.querySelectorAll(".seen").forEach((mark) => mark.remove());
    const own = [...at.log.querySelectorAll(".customer:not(.waiting)")].filter((line) => Number(line.dataset.reply) <= (standing.read.agent || 0));
    own.at(-1)?.append(Object.assign(document.createElement("small"), { className: "seen", textContent: words.seen }));
    marked = Math.max(marked, standing.read.customer || 0);
    markRead();
}

// ——— Saying ———

at.say.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = at.words.value.trim();
    if (!body) return;
    const line = { key: newKey(), body };
    outbox.push(line);
    kept.set("outbox", outbox);
    showWaiting(line);
    at.words.value = "";
    at.words.focus();
    drain();
});

at.words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        at.say.requestSubmit();
    }
});

at.words.addEventListener("input", () => {
    if (!source || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    ask("typing/", {}).catch(() => {});
});

function showWaiting(line) {
    if (document.getElementById(line.key)) return;
    const element = bubble("customer", "", line.body);
    element.id = line.key;
    element.classList.add("waiting");
    element.append(Object.assign(document.createElement("small"), { textContent: words.sending }));
    at.log.append(element);
    at.log.scrollTop = at.log.scrollHeight;
}

// In order, one at a time, each under its own key until the desk has said that it has it.
async function drain() {
    if (isSending) return;
    isSending = true;
    for (let wait = 500; outbox.length && token;) {
        const line = outbox[0];
        try {
            const accepted = await ask("lines/", { body: line.body, language }, line.key);
            settle(line);
            add(accepted);
            trouble("");
            wait = 500;
            if (!source) listen();
        } catch (refusal) {
            const isForGood = refusal.status >= 400 && refusal.status < 500 && ![408, 429].includes(refusal.status) && refusal.code !== "idempotency_key_busy";
            if (refusal.status === 401) {
                end();
            } else if (isForGood) {
                settle(line);
                at.words.value = [line.body, at.words.value].filter(Boolean).join("\n");
                trouble(refusal.detail);
            } else {
                trouble(words.offline);
                await new Promise((resume) => { setTimeout(resume, Math.max(wait, refusal.wait || 0)); });
                wait = Math.min(wait * 2, 10_000);
            }
        }
    }
    isSending = false;
    held.splice(0).forEach(add);
}

function settle(line) {
    outbox = outbox.filter((other) => other !== line);
    kept.set("outbox", outbox);
    document.getElementById(line.key)?.remove();
    held.splice(0).forEach(add);
}

// ——— Listening ———

async function listen() {
    if (source || !token) return;
    source = { close() {} };
    try {
        const { url } = await ask("stream-token/", {});
        source = new EventSource(`${url}&after=${place}`);
    } catch (refusal) {
        if (refusal.status === 401) return end();
        return again();
    }
    const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data), event));
    on("line", (line, event) => {
        place = event.lastEventId;
        if (line.voice === "customer" && isSending) held.push(line);
        else add(line);
        stand({});
    });
    on("typing", (who) => {
        if (who.voice !== "agent") return;
        at.typing.textContent = words.typing.replace("{name}", who.name);
        clearTimeout(listen.fading);
        listen.fading = setTimeout(() => { at.typing.textContent = ""; }, 5000);
    });
    on("read", (read) => stand({ read }));
    on("here", (here) => stand({ here }));
    on("bye", () => again(0));
    source.onopen = () => {
        pause = 1000;
        trouble("");
    };
    source.onerror = () => again();
}

// A new token, and on from our place, sooner or later.
function again(wait = pause) {
    source?.close();
    source = null;
    if (wait) trouble(words.offline);
    pause = Math.min(pause * 2, 8_000);
    setTimeout(listen, wait * (0.5 + Math.random() / 2));
}

// ——— Reading ———

function newestReply() {
    return Math.max(0, ...[...shown.values()].map((element) => Number(element.dataset.reply)));
}

function tellUnread() {
    const count = [...at.log.querySelectorAll(".agent")].filter((line) => Number(line.dataset.reply) > marked).length;
    if (isFramed) parent.postMessage({ desk: "unread", count }, "*");
}

function markRead() {
    const newest = newestReply();
    if (!isOpen || !isShown || document.hidden || newest <= marked) return;
    const before = marked;
    marked = newest;
    tellUnread();
    ask("read/", { up_to: newest }).catch(() => { marked = Math.min(marked, before); });
}

document.addEventListener("visibilitychange", markRead);
addEventListener("focus", markRead);
addEventListener("message", (event) => {
    if (event.source !== parent || !event.data.desk) return;
    isShown = event.data.desk === "shown";
    markRead();
});
if (isFramed) parent.postMessage({ desk: "ready" }, "*");

at.close.addEventListener("click", () => parent.postMessage({ desk: "close" }, "*"));
addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isFramed) parent.postMessage({ desk: "close" }, "*");
});

// ——— Asking the desk ———

async function ask(path, body, key) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const answer = await fetch(`/api/v1/chat/${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const detail = said.errors?.[0]?.detail || said.detail;
    throw { status: answer.status, code: said.code, detail, wait: Number(answer.headers.get("Retry-After")) * 1000 };
}

function trouble(text) {
    if (at.trouble.textContent !== text) at.trouble.textContent = text;
}

function newKey() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What outlives a reload. A browser that keeps nothing for frames costs only that.
function keeper(name) {
    const key = (what) => `${name}-${what}${given ? `-${given.slice(-8)}` : ""}`;
    const attempt = (act) => { try { return act(); } catch { return null; } };
    return {
        get: (what, otherwise = null) => attempt(() => JSON.parse(localStorage.getItem(key(what)))) ?? otherwise,
        set: (what, value) => attempt(() => localStorage.setItem(key(what), JSON.stringify(value))),
        forget: (what) => attempt(() => localStorage.removeItem(key(what))),
    };
}
