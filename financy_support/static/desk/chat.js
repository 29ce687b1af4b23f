// The desk's chat on any site, by one tag:
//   <script src="https://desk.example.com/static/desk/chat.js" data-language="pt" data-token="…" defer></script>
// data-language: en, pt or es, else the page's. data-token: a chat log-in that the site's backend got for its customer
// (POST /api/v1/chat/sessions/); without one the visitor is asked for a name and an e-mail.
// The chat itself runs in a frame of the desk: this page sees no word of it, and it sees nothing of this page.
"use strict";

(() => {
    const script = document.currentScript;
    const desk = new URL(script.src).origin;
    const labels = { en: ["Open the chat", "Close the chat"], pt: ["Abrir o chat", "Fechar o chat"], es: ["Abrir el chat", "Cerrar el chat"] };
    const said = (script.dataset.language || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
    const language = said in labels ? said : "en";
    const [openLabel, closeLabel] = labels[language];

    const button = document.createElement("button");
    const frame = document.createElement("iframe");
    button.type = "button";
    button.append(bubble());
    button.setAttribute("aria-label", openLabel);
    button.setAttribute("aria-expanded", "false");
    dress(button, {
        position: "fixed", right: "20px", bottom: "20px", width: "56px", height: "56px", zIndex: 2147483000, border: "0",
        borderRadius: "50%", background: "#5b21b6", color: "#fff", fontSize: "24px", cursor: "pointer", boxShadow: "0 4px 14px rgb(0 0 0 / 30%)",
    });
    frame.title = openLabel;
    frame.hidden = true;
    const place = () => {
        const isNarrow = innerWidth < 500;
        dress(frame, {
            position: "fixed", right: isNarrow ? "0" : "20px", bottom: isNarrow ? "0" : "88px", zIndex: 2147483001, border: "0",
            width: isNarrow ? "100%" : "380px", height: isNarrow ? "100%" : "min(600px, calc(100% - 108px))",
            borderRadius: isNarrow ? "0" : "12px", boxShadow: "0 8px 30px rgb(0 0 0 / 30%)", colorScheme: "light dark",
        });
    };
    place();
    addEventListener("resize", place);

    const tell = (what) => frame.contentWindow?.postMessage({ desk: what }, desk);
    const show = (isShown) => {
        if (isShown && !frame.src) frame.src = `${desk}/chat/?language=${language}#token=${encodeURIComponent(script.dataset.token || "")}`;
        frame.hidden = !isShown;
        button.setAttribute("aria-expanded", String(isShown));
        button.setAttribute("aria-label", isShown ? closeLabel : openLabel);
        tell(isShown ? "shown" : "hidden");
        if (isShown) button.replaceChildren(bubble());
        (isShown ? frame : button).focus();
    };
    button.addEventListener("click", () => show(frame.hidden));
    addEventListener("message", (event) => {
        if (event.origin !== desk || event.source !== frame.contentWindow) return;
        if (event.data.desk === "close") show(false);
        if (event.data.desk === "ready") tell(frame.hidden ? "hidden" : "shown");
        if (event.data.desk === "unread") button.replaceChildren(event.data.count && frame.hidden ? String(event.data.count) : bubble());
    });
    const put = () => document.body.append(frame, button);
    if (document.body) put();
    else addEventListener("DOMContentLoaded", put);

    function bubble() {
        const draw = (name, facts) => {
            const element = document.createElementNS("http://www.w3.org/2000/svg", name);
            Object.entries(facts).forEach(([what, value]) => element.setAttribute(what, value));
            return element;
        };
        const icon = draw("svg", { viewBox: "0 0 24 24", width: 26, height: 26, fill: "currentColor", "aria-hidden": "true" });
        icon.append(draw("path", { d: "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" }));
        return icon;
    }

    function dress(element, style) {
        Object.assign(element.style, style);
    }
})();
