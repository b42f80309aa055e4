// Beside each person only the inputs that the chosen mark needs; without script all are there.
function show(row) {
  const chosen = row.querySelector('input[type="radio"]:checked');
  const state = chosen ? chosen.value : "";
  row.dataset.state = state;
  row.querySelectorAll("[data-for]").forEach((part) => {
    part.hidden = !part.dataset.for.split(" ").includes(state);
  });
}

document.querySelectorAll(".roll__p").forEach(show);
document.addEventListener("change", (event) => {
  const row = event.target.closest(".roll__p");
  if (row) show(row);
});
