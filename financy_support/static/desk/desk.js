// The ticket page's few manners: dialogs, tabs, live preview, drafts that survive, one click one act.
"use strict";

// Icons are words of a font: beside other words they are not to be read aloud.
addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".material-symbols-outlined").forEach((icon) => {
        const isAlone = icon.parentElement.textContent.trim() === icon.textContent.trim();
        if (!isAlone) icon.setAttribute("aria-hidden", "true");
    });
});

// The theme shows the name of a chosen file in a field of its own, and fails where its own widget is not; ours show it.
addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("input.desk-input[type=file]").forEach((input) => { input.hasChangeListener = true; });
});

// The theme hides the page until it is dressed, which loses the browser's own autofocus.
addEventListener("load", () => {
    const first = document.querySelector("[autofocus]");
    if (first && document.activeElement === document.body) first.focus();
});

addEventListener("DOMContentLoaded", () => {
    const page = document.querySelector(".desk-ticket");
    if (!page) return;
    forgetSent(page);
    openDialogs(page);
    switchTabs(page);
    page.querySelectorAll(".desk-verb").forEach((form) => {
        keepDraft(form);
        if (form.dataset.preview) showPreview(form);
    });
    page.querySelectorAll("[data-insert]").forEach((button) => insertInto(page, button));
    page.querySelectorAll("form[method=post]").forEach(sendOnce);
});

// What is offered goes where the answer is written, at the cursor.
function insertInto(page, button) {
    const answer = page.querySelector("[data-verb=reply] textarea");
    if (!answer) return;
    button.hidden = false;
    button.addEventListener("click", () => {
        const before = answer.value.slice(0, answer.selectionStart);
        const gap = !before || /\s$/.test(before) ? "" : " ";
        answer.setRangeText(gap + button.dataset.insert + " ", answer.selectionStart, answer.selectionEnd, "end");
        answer.dispatchEvent(new Event("input", { bubbles: true }));
        answer.focus();
    });
}

function openDialogs(page) {
    page.querySelectorAll("[data-opens]").forEach((button) => {
        button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
    });
    page.querySelectorAll("[data-close]").forEach((button) => {
        button.addEventListener("click", () => button.closest("dialog").close());
    });
    const refused = page.querySelector("dialog[data-open-now]");
    if (refused) refused.showModal();
    const problem = page.querySelector(".desk-panel:not([hidden]) :is(.desk-errors, .desk-question)[role=alert]");
    if (!refused && problem) problem.closest(".desk-verb").scrollIntoView({ block: "center" });
}

function switchTabs(page) {
    const tabs = [...page.querySelectorAll("[role=tab]")];
    const choose = (chosen) => tabs.forEach((tab) => {
        const isChosen = tab === chosen;
        tab.setAttribute("aria-selected", isChosen);
        tab.tabIndex = isChosen ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    });
    tabs.forEach((tab, place) => {
        tab.addEventListener("click", () => choose(tab));
        tab.addEventListener("keydown", (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            const next = tabs[(place + step + tabs.length) % tabs.length];
            choose(next);
            next.focus();
        });
    });
}

// What the customer would get, asked of the desk itself a moment after the last key.
function showPreview(form) {
    const box = form.querySelector(".desk-preview");
    let timer, asked = 0;
    const ask = async () => {
        const mine = ++asked, data = new FormData(form);
        data.delete("attachments");
        let said;
        try {
            const answer = await fetch(form.dataset.preview, { method: "POST", body: data });
            if (!answer.ok) throw new Error(answer.status);
            said = await answer.json();
        } catch {
            said = { errors: ["The preview cannot be reached just now. Your words are kept here."] };
        }
        if (mine === asked) show(box, said);
    };
    form.querySelector("[data-show-preview]").addEventListener("click", () => {
        box.hidden = false;
        ask();
    });
    form.addEventListener("input", () => {
        if (box.hidden) return;
        clearTimeout(timer);
        timer = setTimeout(ask, 600);
    });
}

function show(box, said) {
    const [head, subject] = box.querySelectorAll("p");
    head.textContent = said.to ? `${said.to} · ${said.channel} · ${said.language}` : "";
    subject.textContent = said.subject || "";
    box.querySelector("pre").textContent = said.body || "";
    const items = (words) => words.map((one) => told("li", "", one));
    box.querySelector(".desk-doubts").replaceChildren(...items(said.doubts || []));
    box.querySelector(".desk-errors").replaceChildren(...items(said.errors));
}

// Typed words outlive a closed tab, a lost session or a broken line; they go once the desk has said “done”.
function draftKey(form) {
    return `desk-draft-${form.dataset.ticket}-${form.dataset.verb}`;
}

function keepDraft(form) {
    const boxes = [...form.querySelectorAll("textarea")];
    const key = draftKey(form);
    const isFresh = boxes.every((box) => box.value === "");
    const kept = isFresh && JSON.parse(localStorage.getItem(key) || "null");
    if (kept) boxes.forEach((box) => { box.value = kept[box.name] || ""; });
    form.addEventListener("input", () => {
        const words = Object.fromEntries(boxes.map((box) => [box.name, box.value]));
        if (Object.values(words).some(Boolean)) localStorage.setItem(key, JSON.stringify(words));
        else localStorage.removeItem(key);
    });
}

function forgetSent(page) {
    const { done, ticket } = page.dataset;
    if (!done) return;
    localStorage.removeItem(`desk-draft-${ticket}-${done}`);
    history.replaceState(null, "", location.pathname);
}

function sendOnce(form) {
    form.addEventListener("submit", (event) => {
        const pressed = event.submitter || form.querySelector("button[type=submit]");
        pressed.setAttribute("aria-busy", "true");
        pressed.textContent = pressed.dataset.busy;
        // A moment later: what is disabled at once would not be sent, and “send anyway” says so by its button.
        setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = true; }));
    });
}

// A template with example facts, in three languages, a moment after the last key.
addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-template-preview]");
    if (!box) return;
    const form = box.closest("form");
    let timer, asked = 0;
    const ask = async () => {
        const mine = ++asked;
        try {
            const answer = await fetch(box.dataset.templatePreview, { method: "POST", body: typedIn(form) });
            if (!answer.ok) throw new Error(answer.status);
            const said = await answer.json();
            if (mine === asked) showTemplate(box, said);
        } catch {
            box.querySelector("[data-languages]").textContent = "The preview cannot be reached just now.";
        }
    };
    form.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(ask, 400);
    });
    ask();
});

function typedIn(form) {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const name of ["purpose", "severity", "language", "channel", "subject", "body"]) {
        const typed = form.querySelector(`[name=${name}]`), read = document.querySelector(`.field-${name} .readonly`);
        data.set(name, typed ? typed.value : read ? read.textContent.trim() : "");
    }
    return data;
}

function showTemplate(box, said) {
    box.querySelector("[data-asks-for]").textContent = said.asks_for.join(" ") || "—";
    box.querySelector("[data-required]").textContent = said.required.join(" ") || "—";
    box.querySelector("[data-languages]").replaceChildren(...said.languages.map((one) => {
        const letter = document.createElement("article");
        letter.className = one.is_written ? "desk-preview desk-written" : "desk-preview";
        letter.append(
            told("p", "desk-faint", one.name),
            told("p", "desk-preview-subject", one.subject),
            told("pre", "desk-letter", one.body),
            told("p", "desk-faint", one.note),
            list("desk-errors", one.problems),
        );
        return letter;
    }));
}

function told(tag, name, words) {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = words;
    return element;
}

function list(name, items) {
    const element = told("ul", name, "");
    element.append(...items.map((words) => told("li", "", words)));
    return element;
}
