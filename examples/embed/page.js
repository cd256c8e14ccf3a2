// The button asks for a fresh token of whoever is signed in whenever it needs one (docs/embed.md).
const button = document.querySelector("google-sync-button");
const token = async () => (await (await fetch("/token", { method: "POST" })).json()).token;
button.tokenProvider = token;

// The CRM's own list: read anew when the sync has brought something in.
let shown;
button.addEventListener("google-sync-status", async ({ detail }) => {
  if (detail.changed_at === shown) return;
  shown = detail.changed_at;
  const headers = { Authorization: `Bearer ${await token()}` };
  const answer = await fetch(`${button.dataset.sync}/api/contacts`, { headers });
  const { items } = await answer.json();
  const names = items.map(({ given_name, family_name }) => `${given_name} ${family_name}`.trim());
  document
    .querySelector("#contacts")
    .replaceChildren(...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
});
