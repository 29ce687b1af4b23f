/* The search box offers articles while somebody types: a combobox (WAI-ARIA), and a plain form without this script. */
(() => {
  const form = document.querySelector("[data-suggest]");
  const box = form?.querySelector("input");
  if (!box) return;
  const list = Object.assign(document.createElement("ul"), { id: "offers", className: "offers", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.offers);
  form.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", "offers"]]) box.setAttribute(name, value);
  let chosen = -1, asked = "", waiting;

  const close = () => { list.hidden = true; chosen = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
  const choose = (number) => {
    const rows = [...list.children];
    chosen = (number + rows.length) % rows.length;
    rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === chosen)));
    box.setAttribute("aria-activedescendant", rows[chosen].id);
  };
  const show = (offered) => {
    list.replaceChildren(...offered.map(({ title, address }, place) => {
      const row = Object.assign(document.createElement("li"), { id: `offer-${place}`, textContent: title });
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.dataset.address = address;
      row.addEventListener("mousedown", (event) => { event.preventDefault(); location.href = address; });
      return row;
    }));
    chosen = -1;
    list.hidden = !offered.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    const words = box.value.trim();
    if (words.length < 2) { asked = words; close(); return; }
    waiting = setTimeout(async () => {
      asked = words;
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(words)}`);
        if (answer.ok && words === asked) show((await answer.json()).offered);
      } catch { close(); }
    }, 150);
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { choose(chosen + 1); event.preventDefault(); }
    else if (event.key === "ArrowUp") { choose(chosen < 0 ? -1 : chosen - 1); event.preventDefault(); }
    else if (event.key === "Escape") { close(); event.preventDefault(); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.href = list.children[chosen].dataset.address; }
  });
  box.addEventListener("blur", close);
})();

/* The contact form offers articles for the subject as it is typed; they open beside it, so that nothing typed is lost. */
(() => {
  const subject = document.querySelector("[data-answers]");
  const answers = document.getElementById("answers");
  if (!subject || !answers) return;
  let waiting, asked = "";
  const offer = async () => {
    const words = subject.value.trim();
    if (words === asked) return;
    asked = words;
    if (words.length < 4) { answers.hidden = true; return; }
    try {
      const answer = await fetch(`${subject.dataset.answers}?q=${encodeURIComponent(words)}`);
      if (!answer.ok || words !== asked) return;
      const { offered } = await answer.json();
      answers.querySelector("ul").replaceChildren(...offered.slice(0, 4).map(({ title, address }) => {
        const row = document.createElement("li");
        row.append(Object.assign(document.createElement("a"), { href: address, textContent: title, target: "_blank", rel: "noopener" }));
        return row;
      }));
      answers.hidden = !offered.length;
    } catch { answers.hidden = true; }
  };
  subject.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(offer, 300); });
  offer();
})();
