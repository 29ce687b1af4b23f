// A chat's ticket page follows the conversation: new words, who is there, who types, what was seen. Without this script
// the page is as before, and a reload shows the same.
"use strict";

addEventListener("DOMContentLoaded", () => {
    const talk = document.querySelector("[data-live]");
    if (talk) follow(talk);
});

function follow(talk) {
    const status = document.querySelector("[data-live-status]");
    const reply = document.querySelector(".desk-verb[data-verb=reply]");
    const csrf = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    const agentSays = JSON.parse(talk.dataset.words);
    let source = null, pause = 1000, isHere = false, typing = "", fading, refreshing = null, readTo = 0, isStale = false;

    const post = async (what, facts = {}) => {
        const body = new URLSearchParams({ csrfmiddlewaretoken: csrf, ...facts });
        const answer = await fetch(`${talk.dataset.live}${what}/`, { method: "POST", body });
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
    };

    const say = () => {
        const text = typing || (source ? (isHere ? agentSays.here : agentSays.away) : agentSays.offline);
        if (status.textContent !== text) status.textContent = text;
    };

    // The desk renders the words: what is shown is always what a reload would show.
    const refresh = async () => {
        if (refreshing) {
            isStale = true;
            return;
        }
        refreshing = fetch(talk.dataset.fragment);
        try {
            const answer = await refreshing;
            if (!answer.ok || answer.redirected) return;
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.querySelector("[data-conversation]"), shown = talk.querySelector("[data-conversation]");
            const known = new Set([...shown.children].map((one) => one.id));
            const wasAtEnd = shown.getBoundingClientRect().bottom <= innerHeight + 200;
            shown.replaceWith(fresh);
            document.querySelectorAll("input[name=seen]").forEach((field) => { field.value = fresh.dataset.seen; });
            const added = [...fresh.children].filter((one) => !known.has(one.id));
            added.forEach((one) => one.classList.add("desk-new"));
            if (added.length && wasAtEnd) added.at(-1).scrollIntoView({ block: "nearest" });
            markRead();
        } catch {
            // the next event, or the next stream, asks again
        } finally {
            refreshing = null;
            if (isStale) {
                isStale = false;
                refresh();
            }
        }
    };

    const markRead = () => {
        const last = [...talk.querySelectorAll("[id^=words-]:not(.desk-said-note)")].at(-1);
        const upTo = last ? Number(last.id.slice("words-".length)) : 0;
        if (document.hidden || upTo <= readTo) return;
        readTo = upTo;
        post("read", { up_to: upTo }).catch(() => { readTo = 0; });
    };

    const listen = async () => {
        if (source || document.hidden) return;
        source = { close() {} };
        try {
            const { url } = await post("stream");
            source = new EventSource(`${url}&after=${talk.querySelector("[data-conversation]").dataset.place}`);
        } catch {
            again();
            return;
        }
        const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data)));
        on("line", () => {
            typing = "";
            refresh();
        });
        on("read", refresh);
        on("here", (here) => {
            isHere = here.includes("customer");
            say();
        });
        on("typing", (who) => {
            if (who.voice !== "customer") return;
            typing = agentSays.typing;
            say();
            clearTimeout(fading);
            fading = setTimeout(() => {
                typing = "";
                say();
            }, 5000);
        });
        on("bye", () => again(0));
        source.onopen = () => {
            pause = 1000;
            say();
        };
        source.onerror = () => again();
    };

    const leave = () => {
        source?.close();
        source = null;
    };

    const again = (wait = pause) => {
        leave();
        if (wait) say();
        pause = Math.min(pause * 2, 8_000);
        setTimeout(listen, wait * (0.5 + Math.random() / 2));
    };

    let typedAt = 0;
    reply?.addEventListener("input", () => {
        if (Date.now() - typedAt < 3000) return;
        typedAt = Date.now();
        post("typing").catch(() => {});
    });
    if (reply) sendInPlace(reply, refresh);

    document.addEventListener("visibilitychange", () => {
        if (document.hidden) leave();
        else listen();
        markRead();
    });
    listen();
    markRead();
}

// A reply leaves without a new page; what the desk refuses is sent as a page, which shows why. The field “seen” keeps a
// second try from saying it twice.
function sendInPlace(form, refresh) {
    const button = form.querySelector("button[type=submit]"), label = button.innerHTML;
    form.addEventListener("submit", async (event) => {
        if (form.querySelector("input[type=file]")?.files.length) return;
        event.preventDefault();
        let answer;
        try {
            answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
            if (!new URL(answer.url).pathname.endsWith("/change/")) answer = { ok: false }; // led to the log-in
        } catch {
            answer = { ok: false };
        }
        button.disabled = false;
        button.removeAttribute("aria-busy");
        button.innerHTML = label;
        if (!answer.ok) {
            form.submit();
            return;
        }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of [".desk-side", ".desk-marks"]) { // the words kept a promise, and gave the ticket to somebody
            document.querySelector(part).replaceWith(page.querySelector(part));
        }
        localStorage.removeItem(draftKey(form));
        form.querySelectorAll("textarea").forEach((box) => { box.value = ""; });
        form.querySelector("textarea").focus();
        refresh();
    });
}
