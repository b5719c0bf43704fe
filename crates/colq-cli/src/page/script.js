"use strict";
(() => {
  const list = document.getElementById("cards");
  const cards = Array.from(list.children);
  const find = document.getElementById("find");
  const sort = document.getElementById("sort");
  const fold = document.getElementById("fold");
  const found = document.getElementById("found");
  const filter = () => {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const card of cards) {
      card.hidden = !card.dataset.name.toLowerCase().includes(wanted);
      if (!card.hidden) count += 1;
    }
    found.textContent = wanted ? `${count} of ${cards.length}` : "";
  };
  const orders = {
    place: (a, b) => a.dataset.place - b.dataset.place,
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name) || orders.place(a, b),
    nulls: (a, b) => b.dataset.nulls - a.dataset.nulls || orders.place(a, b),
    distinct: (a, b) => b.dataset.distinct - a.dataset.distinct || orders.place(a, b),
  };
  find.addEventListener("input", filter);
  sort.addEventListener("change", () => list.append(...cards.slice().sort(orders[sort.value])));
  fold.addEventListener("click", () => {
    const open = fold.textContent === "Open all";
    for (const card of cards) card.open = open;
    fold.textContent = open ? "Close all" : "Open all";
  });
  window.addEventListener("beforeprint", () => { for (const card of cards) card.open = true; });
  filter();
})();
