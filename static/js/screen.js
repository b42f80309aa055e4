// The clock on the wall goes by the server's time, whatever the machine in the room thinks it is.
let made = "";
let ahead = 0; // milliseconds between the server's clock and this machine's

function tick() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  if (clock.dataset.now !== made) {
    made = clock.dataset.now;
    ahead = Number(made) * 1000 - Date.now();
  }
  const shown = new Date(Date.now() + ahead).toLocaleTimeString("zh-CN", {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai",
  });
  if (clock.textContent !== shown) clock.textContent = shown;
}
tick();
setInterval(tick, 1000);
