// Small moves of the store's pages. Without it every form still works by its button.
const words = (cents, digits, currency) =>
  `${(cents / 10 ** digits).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${currency}`;
// As config/money.py has it: rounded half up.
const vatWithin = (gross, points) => Math.floor((2 * gross * points + 10000 + points) / (2 * (10000 + points)));

for (const form of document.querySelectorAll("form[data-checkout]")) {
  const { price, vat, digits, currency } = form.dataset;
  const quantity = form.querySelector('[name="quantity"]');
  const total = form.querySelector('[name="total"]');
  const pay = form.querySelector("[data-checkout-pay]");
  const sums = document.querySelectorAll("[data-checkout-total]");
  const within = document.querySelector("[data-checkout-vat]");
  const spelt = (cents) => words(cents, Number(digits), currency);
  const show = () => {
    if (!Number(price)) return;
    const count = Number(quantity.value);
    const isWhole = Number.isInteger(count) && count >= Number(quantity.min) && count <= Number(quantity.max);
    const gross = count * Number(price);
    // Of a count that cannot be had there is no price; the button still sends it, and the answer says why.
    for (const sum of sums) sum.textContent = isWhole ? spelt(gross) : "–";
    if (within) within.textContent = isWhole ? spelt(vatWithin(gross, Number(vat))) : "–";
    pay.textContent = isWhole ? `Pay ${spelt(gross)}` : "Pay";
    if (isWhole) total.value = String(gross);
  };
  // A basket has its total already; one product follows its quantity.
  quantity?.addEventListener("input", show);
  if (quantity) show();
  form.addEventListener("submit", () => pay.setAttribute("aria-busy", "true"));
}

for (const form of document.querySelectorAll("form[data-submits]")) {
  form.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
}
