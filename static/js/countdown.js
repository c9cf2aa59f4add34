// <span data-until="ISO">in 2 h 10 min</span>: what is left until then, kept true while one looks.
const SECONDS = 20;
const unit = (number, name) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: name, unitDisplay: "narrow" }).format(number);

function left(minutes) {
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days) return `${unit(days, "day")} ${unit(hours, "hour")}`;
  if (hours) return `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
  return unit(Math.max(minutes, 1), "minute");
}

function update() {
  for (const span of document.querySelectorAll("[data-until]")) {
    const rest = Date.parse(span.dataset.until) - Date.now();
    const text = rest <= 0 ? span.dataset.now : span.dataset.in.replace("%s", left(Math.floor(rest / 60000)));
    if (span.textContent !== text) span.textContent = text;
  }
}

setInterval(update, SECONDS * 1000);
document.addEventListener("visibilitychange", update);
