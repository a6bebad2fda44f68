// Small moves of the store's pages. Without it every form still works by its button.
const words = (cents, digits, currency) =>
  `${(cents / 10 ** digits).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${currency}`;

for (const form of document.querySelectorAll("form[data-checkout]")) {
  const { price, digits, currency } = form.dataset;
  const quantity = form.querySelector('[name="quantity"]');
  const total = form.querySelector('[name="total"]');
  const pay = form.querySelector("[data-checkout-pay]");
  const sum = document.querySelector("[data-checkout-total]");
  const show = () => {
    const count = Number.parseInt(quantity.value, 10);
    if (!(count >= 1 && count <= 99) || !Number(price)) return;
    total.value = String(count * Number(price));
    sum.textContent = words(count * Number(price), Number(digits), currency);
    pay.textContent = `Pay ${sum.textContent}`;
  };
  // A basket has its total already; one product follows its quantity.
  quantity?.addEventListener("input", show);
  if (quantity) show();
  form.addEventListener("submit", () => pay.setAttribute("aria-busy", "true"));
}

for (const form of document.querySelectorAll("form[data-submits]")) {
  form.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
}
